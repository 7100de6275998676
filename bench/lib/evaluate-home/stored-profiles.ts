/** What is stored of profiles, by the folds that the platform stores it with. */
import type { CleanRecord, MarqueeEvent } from '../../../domain/events/event.ts';
import { validateEvent } from '../../../domain/events/validate.ts';
import { createImpressionMemory } from '../../../domain/impression-memory.ts';
import type { MemoryState } from '../../../domain/memory/state.ts';
import type { StoredProfile } from '../../../domain/profile-view.ts';
import { KINDS } from '../../../domain/events/contract.ts';
import { createWatching } from '../../../domain/watching/watching.ts';
import type { WatchingState } from '../../../domain/watching/state.ts';

/** As configured by default. */
const MEMORY_LIMITS = { titles: 1000, rowsPerTitle: 8, rowNames: 64, plays: 200 };
const WATCHING_LIMITS = { titles: 400, list: 200, ratings: 400 };

export interface StoredProfiles {
  /** An event as an app sent it. Throws RangeError for one that the contract refuses. */
  take(event: object): void;
  of(profile: string): StoredProfile;
}

export function createStoredProfiles(): StoredProfiles {
  const watching = createWatching(WATCHING_LIMITS);
  const memory = createImpressionMemory(MEMORY_LIMITS);
  const watchingOf = new Map<string, WatchingState | undefined>();
  const memoryOf = new Map<string, MemoryState | undefined>();
  let offset = 0;
  return {
    take(event) {
      const parsed = validateEvent(event);
      if (!parsed.ok) throw new RangeError(`not an event: ${parsed.fault.message}`);
      const record = recordOf(parsed.event, offset);
      const { kind, profileId } = parsed.event;
      const input = { topic: KINDS[kind].topic, partition: 0, offset: offset++, record };
      watchingOf.set(profileId, watching.step(watchingOf.get(profileId), input).state);
      memoryOf.set(profileId, memory.step(memoryOf.get(profileId), input).state);
    },
    of: (profile) => ({ watching: watchingOf.get(profile), memory: memoryOf.get(profile) }),
  };
}

const recordOf = (event: MarqueeEvent, rawOffset: number): CleanRecord => ({
  ...{ rawOffset, event, timeStatus: 'ok' },
  appendTime: event.eventTime,
});
