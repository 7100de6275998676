/** The generations of a region in the object store: `<region>/generations.json`, changed by compare-and-swap. */
import { parseHistory, serialiseHistory, type GenerationHistory } from '../../domain/generations.ts';
import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface GenerationStore {
  read(): Promise<GenerationHistory>;
  /**
   * Writes what `change` makes of the history, unless that is the history itself. Throws OBJECT_PRECONDITION_FAILED when
   * somebody else changed it meanwhile, and CHECKPOINT_CORRUPT when it cannot be read.
   */
  update(change: (history: GenerationHistory) => GenerationHistory): Promise<GenerationHistory>;
}

export function createGenerationStore(store: ObjectStore, region: Region): GenerationStore {
  const key = `${region}/generations.json`;
  const load = async () => {
    const held = await store.get(key);
    const history = held === undefined ? [] : parseHistory(new TextDecoder().decode(held.body), key);
    return { history, etag: held?.etag };
  };
  return {
    read: async () => (await load()).history,
    async update(change) {
      const { history, etag } = await load();
      const next = change(history);
      if (next === history) return history;
      const body = new TextEncoder().encode(serialiseHistory(next));
      await store.put(key, body, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
      return next;
    },
  };
}
