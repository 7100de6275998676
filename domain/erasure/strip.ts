/** Takes out of an event what tells whose it was. What is counted, and what joins it to other records of the same kind, stays. */
import type { MarqueeEvent } from '../events/event.ts';
import type { ProfileId } from '../ids.ts';
import { isDistinctive } from './distinctive.ts';

/** In place of what an erased profile searched for. */
export const ERASED_TEXT = 'erased';

/**
 * The event as that of a surrogate: without the session, which would join it to what a returning member does, without
 * attributes that the contract does not know, and without the words of a search.
 */
export function strippedEvent(event: MarqueeEvent, surrogate: ProfileId): MarqueeEvent {
  const { sessionId: _session, extra: _extra, ...kept } = event;
  const { profileId } = event;
  return {
    ...(isDistinctive(profileId) ? withoutId(kept, profileId, surrogate) : kept),
    profileId: surrogate,
    ...(kept.kind === 'search' ? { query: ERASED_TEXT } : {}),
  } as MarqueeEvent;
}

/** Ids of plays and the like may have been made with the profile's. */
const withoutId = (event: object, profileId: string, surrogate: string): object =>
  Object.fromEntries(
    Object.entries(event).map(([field, value]: [string, unknown]) => [
      field,
      typeof value === 'string' ? value.replaceAll(profileId, surrogate) : value,
    ]),
  );
