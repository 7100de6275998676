import { MarqueeError } from '../../domain/errors.ts';
import { parsePointer, serialise, type Pointer, type ViewName } from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { ViewKeys } from './keys.ts';
import { readText, toBytes, tryPut } from './text-objects.ts';

const MOST_TRIES = 32;

export type Pointers = ReturnType<typeof createPointers>;

/** The one object per view that says which version is announced. */
export function createPointers(store: ObjectStore, keys: ViewKeys) {
  async function find(view: ViewName) {
    const found = await readText(store, keys.pointer(view));
    return found && { pointer: parsePointer(found.text, view), etag: found.etag };
  }

  /**
   * Compare-and-swap: `next` gets the pointer as it stands and returns the one to write, or undefined to leave it, and
   * may throw to refuse. It is asked again when another writer was faster.
   */
  async function swap(
    view: ViewName,
    next: (current: Pointer | undefined) => Pointer | undefined,
  ): Promise<{ pointer: Pointer | undefined; moved: boolean }> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await find(view);
      const pointer = next(found?.pointer);
      if (!pointer) return { pointer: found?.pointer, moved: false };
      const condition = found ? { ifMatch: found.etag } : ({ ifAbsent: true } as const);
      if (await tryPut(store, keys.pointer(view), toBytes(serialise(pointer)), condition))
        return { pointer, moved: true };
    }
    throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key: keys.pointer(view) });
  }

  return { read: async (view: ViewName) => (await find(view))?.pointer, swap };
}
