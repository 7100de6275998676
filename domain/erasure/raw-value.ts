/** The value of a raw record as that of a surrogate: what the extractor makes of it is what it makes of the erased event. */
import { ENVELOPE_FIELDS, PAYLOAD_FIELDS } from '../events/contract.ts';
import { parseEvent } from '../events/validate.ts';
import type { ProfileId } from '../ids.ts';
import { isDistinctive } from './distinctive.ts';
import { ERASED_TEXT } from './strip.ts';

const KEPT: ReadonlySet<string> = new Set([
  'kind',
  ...Object.keys(ENVELOPE_FIELDS).filter((field) => field !== 'sessionId'),
  ...Object.keys(PAYLOAD_FIELDS),
]);

/**
 * An event keeps the fields that the contract knows. Of what is no event the id is taken out wherever it stands, and
 * nothing else: it stays as unfit as it was.
 */
export function erasedValue(text: string, profileId: string, surrogate: ProfileId): string {
  const validation = parseEvent(text);
  if (!validation.ok || validation.event.profileId !== profileId)
    return withoutId(text, profileId, surrogate);
  const event = JSON.parse(text) as Record<string, unknown>;
  const kept = Object.entries(event).filter(([field]) => KEPT.has(field));
  const query = event['kind'] === 'search' ? { query: ERASED_TEXT } : {};
  const value = JSON.stringify({ ...Object.fromEntries(kept), profileId: surrogate, ...query });
  return withoutId(value, profileId, surrogate);
}

/** Whose value it is, as far as that can be told; undefined where it names nobody. */
export function profileOfValue(text: string): string | undefined {
  const validation = parseEvent(text);
  if (validation.ok) return validation.event.profileId;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { profileId } = value as { profileId?: unknown };
    return typeof profileId === 'string' ? profileId : undefined;
  } catch {
    return undefined;
  }
}

function withoutId(text: string, profileId: string, surrogate: ProfileId): string {
  const quoted = JSON.stringify(profileId).slice(1, -1);
  if (isDistinctive(profileId)) return text.replaceAll(quoted, surrogate).replaceAll(profileId, surrogate);
  const pattern = quoted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`("profileId"\\s*:\\s*")${pattern}"`, 'g'), `$1${surrogate}"`);
}
