/** Long work in the thread that answers requests: a slice of it, then whoever else waits. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogBatch } from '../infra/kafka/consumer-port.ts';

/** Nobody waits longer for one slice, as far as the steps of the work are short. */
const SLICE_MS = 1;

/** Does the steps of some work; others have their turn after each slice, and before the first. */
export async function inTurns<T>(work: Generator<unknown, T>): Promise<T> {
  for (;;) {
    await nextTurn();
    const end = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done === true) return value;
    } while (performance.now() < end);
  }
}

type Batch = Pick<LogBatch, 'partition' | 'records'>;

export interface TakeInTurns {
  /** Resolves when all its records were taken, or are to be forgotten. Batches are taken one after the other. */
  take(batch: Batch): Promise<void>;
  /** Passes over what of the batches given so far was not taken yet. */
  forget(): void;
}

/** Takes records in slices. */
export function takeInTurns(take: (batch: Batch) => void): TakeInTurns {
  let last: Promise<void> = Promise.resolve();
  let lives = 0;

  function* recordByRecord({ partition, records }: Batch, life: number): Generator<undefined, void> {
    for (const record of records) {
      if (life !== lives) return;
      take({ partition, records: [record] });
      yield;
    }
  }

  return {
    take(batch) {
      const life = lives;
      // What is read again after a failure comes after what was read before.
      last = last.catch(() => undefined).then(() => inTurns(recordByRecord(batch, life)));
      return last;
    },
    forget: () => void (lives += 1),
  };
}
