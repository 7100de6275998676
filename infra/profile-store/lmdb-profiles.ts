/** Profiles as the LMDB environments of this machine have them: for serving beside the process that folds, and for copies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { openKeyedReader } from '../state/lmdb-keyed-state.ts';
import { isWhole, openStore, type Store } from '../state/lmdb-keyed-store.ts';
import type { KeyedReader } from '../state/keyed-state.ts';
import { identityOf } from '../state/sound-folder.ts';
import type { StoredProfiles } from './copier.ts';
import type { FoldId, ProfileStore } from './port.ts';

/** `dirOf` names the folder of a fold's state. Opens nothing yet: what is not there is looked for at every read. */
export function createLmdbProfiles(dirOf: (fold: FoldId) => string, partitions: number): ProfileStore {
  const readers = new Map<string, KeyedReader<unknown>>();
  const readerOf = (fold: FoldId): KeyedReader<unknown> => {
    const known = readers.get(fold.name);
    if (known !== undefined) return known;
    const reader = openKeyedReader<unknown>(dirOf(fold), partitions, fold.version);
    readers.set(fold.name, reader);
    return reader;
  };
  return {
    async read(profile, folds) {
      return folds.map((fold) => {
        const found = readerOf(fold).find(profile);
        if (found !== undefined) return found.state;
        const reason = 'the behaviour process of this machine has stored nothing of its partition';
        throw new MarqueeError('PROFILES_UNAVAILABLE', { reason });
      });
    },
    async close() {
      for (const reader of readers.values()) await reader.close();
      readers.clear();
    },
  };
}

/** What the copier reads of one fold's state, `dir` as given to the states. */
export function openStoredProfiles(
  dir: string,
  partitions: number,
  version: number,
): StoredProfiles & { close(): Promise<void> } {
  const reader = openKeyedReader<unknown>(dir, partitions, version);
  const opened = new Map<number, Store<unknown>>();
  /** As of its newest commit. */
  const storeOf = (partition: number): Store<unknown> | undefined => {
    const path = join(dir, String(partition));
    const known = opened.get(partition);
    if (known !== undefined && known.identity === identityOf(path)) {
      known.root.resetReadTxn();
      return known;
    }
    if (opened.delete(partition)) void known?.root.close();
    if (!existsSync(join(path, 'data.mdb'))) return undefined;
    const store = openStore<unknown>(path, { readOnly: true });
    if (!isWhole(store)) {
      void store.root.close();
      return undefined;
    }
    opened.set(partition, store);
    return store;
  };
  return {
    get: (profile) => reader.get(profile),
    profilesAfter(partition, after = '', limit) {
      const keys = storeOf(partition)?.entries.getKeys({ start: after, exclusiveStart: true, limit });
      return Array.from(keys ?? []);
    },
    async close() {
      await reader.close();
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}
