/** Profiles that were made up, stored as the behaviour process stores them and read as serving reads them. */
import { profileId, type ProfileId } from '../../../domain/ids.ts';
import { IMPRESSION_MEMORY } from '../../../domain/impression-memory.ts';
import type { EpochMs } from '../../../domain/time.ts';
import { WATCHING } from '../../../domain/watching/watching.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { openProfileReader, stateDirOf, type ProfileStoreConfig } from '../../../infra/profile-store/open.ts';
import type { FoldId } from '../../../infra/profile-store/port.ts';
import type { OpenProfileReader } from '../../../infra/profile-store/profile-reader.ts';
import type { KeyedEntry } from '../../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { memoryOf, numberOf, profileOf, watchingOf } from './synthetic.ts';

export interface MadeProfiles {
  /** So many are stored. */
  readonly histories: number;
  readonly titles: number;
  readonly now: EpochMs;
}

/** Entries of one write. */
const BATCH = 1000;

/** Stores them first; a profile of a higher number is read as the one that is as far past a multiple of `histories`. */
export async function storeProfiles(
  config: ProfileStoreConfig,
  { histories, titles, now }: MadeProfiles,
): Promise<OpenProfileReader> {
  await store(config, WATCHING, histories, (profile) => watchingOf(profile, titles, now));
  await store(config, IMPRESSION_MEMORY, histories, (profile) => memoryOf(profile, titles, now));
  const reader = openProfileReader(config);
  const storedAs = (profile: ProfileId): ProfileId => profileId(profileOf(numberOf(profile) % histories));
  return {
    ...reader,
    memoryOf: (profile) => reader.memoryOf(storedAs(profile)),
    watchingOf: (profile) => reader.watchingOf(storedAs(profile)),
  };
}

async function store(
  config: ProfileStoreConfig,
  fold: FoldId,
  histories: number,
  stateOf: (profile: number) => object,
): Promise<void> {
  const states = createLmdbKeyedStates<object>(stateDirOf(config, fold.name), fold.version);
  for (let partition = 0; partition < config.partitions; partition++) {
    const into = states.partition(partition);
    const { epoch } = await into.open();
    let entries = new Map<string, KeyedEntry<object>>();
    const flush = async (): Promise<void> => {
      await into.commit({ epoch, positions: {}, entries });
      entries = new Map();
    };
    for (let profile = 0; profile < histories; profile++) {
      const key = profileOf(profile);
      if (partitionOfKey(key, config.partitions) !== partition) continue;
      entries.set(key, { state: stateOf(profile) });
      if (entries.size === BATCH) await flush();
    }
    await flush();
  }
  await states.close();
}
