/** The extractor's state, with torn files discarded before they are opened and remembered when they are met. */
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { ExtractState } from './extract-state.ts';
import { discardTorn, isTornError, markTorn } from './sound-folder.ts';

/**
 * `dir` as given to the state. Any verb throws CHECKPOINT_CORRUPT where a page cannot be read; the process that opens
 * the partition next begins without state, which decides the raw log again.
 */
export function guardExtractState<S extends ExtractState>(
  state: S,
  dir: string,
  onDiscarded: (partition: number, reason: string) => void,
): S {
  const looked = new Set<number>();
  const folderOf = (partition: number): string => join(dir, String(partition));

  function look(partition: number): void {
    if (looked.has(partition)) return;
    looked.add(partition);
    const reason = discardTorn(folderOf(partition));
    if (reason !== undefined) onDiscarded(partition, reason);
  }

  function failure(partition: number, error: unknown): unknown {
    if (!isTornError(error)) return error;
    markTorn(folderOf(partition));
    const details = { key: folderOf(partition), reason: (error as Error).message };
    return new MarqueeError('CHECKPOINT_CORRUPT', details, { cause: error });
  }

  function now<T>(partition: number, work: () => T): T {
    look(partition);
    try {
      return work();
    } catch (error) {
      throw failure(partition, error);
    }
  }

  async function soon<T>(partition: number, work: () => Promise<T>): Promise<T> {
    look(partition);
    try {
      return await work();
    } catch (error) {
      throw failure(partition, error);
    }
  }

  return {
    ...state,
    load: (partition) => soon(partition, () => state.load(partition)),
    standsAt: (partition) => now(partition, () => state.standsAt(partition)),
    lastSeen: (partition, key) => now(partition, () => state.lastSeen(partition, key)),
    isSettled: (partition, rawOffset) => now(partition, () => state.isSettled(partition, rawOffset)),
    commit: (partition, commit) => soon(partition, () => state.commit(partition, commit)),
  };
}
