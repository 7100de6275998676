/** What the comparison of the lanes remembers, in the object store: `<region>/parity.json`, changed by compare-and-swap. */
import { isMarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { parseParity, serialiseParity, type ParityState } from '../../domain/parity/state.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface ParityStore {
  /** Undefined before the first run. Throws CHECKPOINT_CORRUPT. */
  read(): Promise<ParityState | undefined>;
  /**
   * Writes what `change` makes of the state; asked again with the newer state where another writer was faster. Throws
   * OBJECT_PRECONDITION_FAILED when others kept writing.
   */
  update(change: (state: ParityState | undefined) => ParityState): Promise<ParityState>;
}

const MOST_TRIES = 5;

export function createParityStore(store: ObjectStore, region: Region): ParityStore {
  const key = `${region}/parity.json`;
  const load = async () => {
    const held = await store.get(key);
    const state = held === undefined ? undefined : parseParity(new TextDecoder().decode(held.body), key);
    return { state, etag: held?.etag };
  };
  return {
    read: async () => (await load()).state,
    async update(change) {
      for (let tries = 1; ; tries += 1) {
        const { state, etag } = await load();
        const next = change(state);
        const body = new TextEncoder().encode(serialiseParity(next));
        try {
          await store.put(key, body, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
          return next;
        } catch (error) {
          if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED') || tries === MOST_TRIES) throw error;
        }
      }
    },
  };
}
