/**
 * The answer of the profile service to one call, judged. Nothing in it is believed that was not asked for or is not of
 * the right type: a service that lies must not put wrong data into the log.
 */
import { ENRICHED_FIELDS } from '../../domain/events/contract.ts';
import { fits } from '../../domain/events/validate.ts';

/** What the service knows of a profile. */
export interface ProfileDetails {
  readonly segment?: string;
  readonly maturity?: number;
  readonly country?: string;
}

export interface Judged {
  /** Null where the service says that there is no such profile. Who is not in it was not answered. */
  readonly known: ReadonlyMap<string, ProfileDetails | null>;
  /** How many entries could not be believed. */
  readonly lies: number;
}

const SPECS = {
  segment: ENRICHED_FIELDS.profileSegment,
  maturity: ENRICHED_FIELDS.profileMaturity,
  country: ENRICHED_FIELDS.profileCountry,
} as const;
const NAMES = Object.keys(SPECS) as (keyof typeof SPECS)[];

/**
 * Reads `{ profiles: [{ profileId, segment?, maturity?, country? }], unknown: [profileId] }`. Undefined where nothing of
 * it can be believed: it has another shape, or speaks of a profile twice or of one that was not asked for, as answers do
 * that belong to somebody else.
 */
export function judgeAnswer(value: unknown, asked: ReadonlySet<string>): Judged | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { profiles, unknown = [] } = value as { profiles?: unknown; unknown?: unknown };
  if (!Array.isArray(profiles) || !Array.isArray(unknown)) return undefined;
  const known = new Map<string, ProfileDetails | null>();
  const spoken = new Set<string>();
  const isNews = (id: unknown): id is string => {
    if (typeof id !== 'string' || !asked.has(id) || spoken.has(id)) return false;
    spoken.add(id);
    return true;
  };
  let lies = 0;
  for (const entry of profiles as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const fields = entry as Record<string, unknown>;
    if (!isNews(fields['profileId'])) return undefined;
    const details = detailsOf(fields);
    if (details === undefined) lies += 1;
    else known.set(fields['profileId'], details);
  }
  for (const id of unknown as unknown[]) {
    if (!isNews(id)) return undefined;
    known.set(id, null);
  }
  return { known, lies };
}

function detailsOf(entry: Record<string, unknown>): ProfileDetails | undefined {
  const details: Record<string, unknown> = {};
  for (const name of NAMES) {
    const given = Object.hasOwn(entry, name) ? entry[name] : undefined;
    if (given === undefined || given === null) continue;
    if (!fits(SPECS[name], given)) return undefined;
    details[name] = given;
  }
  return details;
}
