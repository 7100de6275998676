/** Looks at a partition's LMDB folder before its first use, and remembers a page that could not be read. */
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { discardTorn, isTornError, markTorn } from './sound-folder.ts';

/** Told of state that was torn and is built anew from the log. */
export type OnDiscarded = (partition: number, reason: string) => void;

export interface Guard {
  /** Throws CHECKPOINT_CORRUPT where a page cannot be read; the folder is discarded by whoever opens it next. */
  now<T>(partition: number, work: () => T): T;
  soon<T>(partition: number, work: () => Promise<T>): Promise<T>;
}

/** `dir` holds one folder per partition. */
export function createGuard(dir: string, onDiscarded: OnDiscarded): Guard {
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

  return {
    now(partition, work) {
      look(partition);
      try {
        return work();
      } catch (error) {
        throw failure(partition, error);
      }
    },
    async soon(partition, work) {
      look(partition);
      try {
        return await work();
      } catch (error) {
        throw failure(partition, error);
      }
    },
  };
}
