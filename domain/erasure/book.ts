/** The erasures that a process knows of, and whose an event is by them. */
import type { ProfileId } from '../ids.ts';
import type { EpochMs } from '../time.ts';
import { reachOf, type Tombstone } from './tombstone.ts';

/** Whose the events of one raw partition are. */
export interface EventOwners {
  /** The surrogate, where an erasure reaches the raw offset; else the id itself. */
  ownerOf(profileId: ProfileId, rawOffset: number): ProfileId;
  /** Under whom else events of the profile may have been sighted at log time `since` or later. */
  aliasesOf(profileId: ProfileId, since: EpochMs): readonly ProfileId[];
  /** Above this raw offset every event is its own profile's. */
  reach(): number;
}

export interface ErasureBook {
  /** Known once, however often it is told. Says whether it is new. */
  add(tombstone: Tombstone): boolean;
  tombstones(): readonly Tombstone[];
  /** Of a partition of the raw log, as the book is now and will be. */
  owners(generation: string, partition: number): EventOwners;
  /** The surrogate of a record that has no raw offset, worked out from events up to `appendTime`. */
  ownerAt(profileId: ProfileId, appendTime: EpochMs): ProfileId;
}

/** Profiles whose hashes are remembered: a keyed hash takes microseconds. */
const MOST_REMEMBERED = 50_000;

/** `hashOf` is the keyed hash of a profile id. */
export function createErasureBook(hashOf: (profileId: string) => string): ErasureBook {
  const byHash = new Map<string, Tombstone[]>();
  const all = new Map<string, Tombstone>();
  let remembered = new Map<string, readonly Tombstone[]>();
  let newest: EpochMs = -Infinity;
  const NONE: readonly Tombstone[] = [];

  const of = (profileId: string): readonly Tombstone[] => {
    if (all.size === 0) return NONE;
    const known = remembered.get(profileId);
    if (known !== undefined) return known;
    if (remembered.size >= MOST_REMEMBERED) remembered = new Map();
    const found = byHash.get(hashOf(profileId)) ?? NONE;
    remembered.set(profileId, found);
    return found;
  };

  return {
    add(tombstone) {
      if (all.has(tombstone.id)) return false;
      all.set(tombstone.id, tombstone);
      const ofProfile = byHash.get(tombstone.profileHash) ?? [];
      ofProfile.push(tombstone);
      // The earliest that reaches an event is the one that erased it.
      ofProfile.sort((a, b) => a.requestedAt - b.requestedAt || (a.id < b.id ? -1 : 1));
      byHash.set(tombstone.profileHash, ofProfile);
      newest = Math.max(newest, tombstone.requestedAt);
      remembered = new Map();
      return true;
    },
    tombstones: () => [...all.values()],
    owners(generation, partition) {
      let counted = -1;
      let highest = -1;
      const reach = (): number => {
        if (counted === all.size) return highest;
        counted = all.size;
        for (const one of all.values()) highest = Math.max(highest, reachOf(one, generation, partition));
        return highest;
      };
      return {
        reach,
        ownerOf(profileId, rawOffset) {
          if (rawOffset > reach()) return profileId;
          const found = of(profileId).find((one) => rawOffset <= reachOf(one, generation, partition));
          return found?.surrogate ?? profileId;
        },
        aliasesOf(profileId, since) {
          if (newest < since) return [];
          return of(profileId).map(({ surrogate }) => surrogate);
        },
      };
    },
    ownerAt(profileId, appendTime) {
      if (appendTime > newest) return profileId;
      return of(profileId).find(({ requestedAt }) => appendTime <= requestedAt)?.surrogate ?? profileId;
    },
  };
}

/** Of a log that nobody was erased from. */
export const EVERYBODY: EventOwners = {
  ownerOf: (profileId) => profileId,
  aliasesOf: () => [],
  reach: () => -1,
};
