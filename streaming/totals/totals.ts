/**
 * Keeps title totals up with the speed view. What changed waits by block and cell, its newest word alone; the view itself
 * is what everything can be written anew from.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import { COUNTED_TOPICS, countedPartitionOf } from '../../domain/topics.ts';
import type { TitleTotals } from '../../infra/cassandra/title-totals.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import type { Log } from '../../infra/log.ts';
import { cellChanges, versionOf } from './cell-changes.ts';
import { createWaiting, type Task } from './waiting.ts';

export interface TotalsDeps {
  readonly totals: TitleTotals;
  readonly partitions: number;
  readonly blockSize: number;
  readonly limits: { readonly concurrency: number; readonly retryMs: number };
  readonly log: Log;
}

export interface TotalsStatus {
  /** Cells and blocks that wait to be written. */
  readonly waiting: number;
  readonly written: number;
  readonly failed: number;
}

export interface TotalsKeeper {
  /** Takes records of the `speed-view` topic. */
  take(batch: Pick<LogBatch, 'partition' | 'records'>): void;
  /** The topic was read to its end: what was written of blocks that are gone from it is taken away. */
  caughtUp(): void;
  status(): TotalsStatus;
  close(): Promise<void>;
}

/** Turns of this many writes for each that may be under way: what is slow holds the others up once a turn. */
const WRITES_A_TURN = 8;

export function createTotalsKeeper(deps: TotalsDeps): TotalsKeeper {
  const { totals, partitions, blockSize, limits, log } = deps;
  const readers: readonly SpeedReader[] = Array.from({ length: COUNTED_TOPICS.length * partitions }, () =>
    createSpeedReader(blockSize),
  );
  const waiting = createWaiting();
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  let mustClean = false;
  let [underWay, written, failed] = [0, 0, 0];

  const write = ({ block, cell }: Task): Promise<void> =>
    cell === undefined ? totals.bury(block) : totals.write(block, cell);

  /** Writes some, and has what failed wait again. Throws the first failure. */
  async function writeSome(): Promise<void> {
    const some = waiting.take(limits.concurrency * WRITES_A_TURN);
    underWay = some.length;
    let failure: unknown;
    let next = 0;
    const writeOn = async (): Promise<void> => {
      for (let task = some[next++]; task !== undefined; task = some[next++]) {
        try {
          if (failure === undefined && !stopping.signal.aborted) {
            await write(task);
            written += 1;
          } else waiting.giveBack(task);
        } catch (error) {
          failure ??= error;
          failed += 1;
          waiting.giveBack(task);
        }
        underWay -= 1;
      }
    };
    await Promise.all(Array.from({ length: limits.concurrency }, writeOn));
    if (failure !== undefined) throw failure as Error;
  }

  async function clean(): Promise<void> {
    for (const block of await totals.blocks()) {
      const reader = readers[COUNTED_TOPICS.indexOf(block.topic) * partitions + block.partition];
      if (reader?.committed(block.block) === undefined) waiting.bury(block);
    }
    mustClean = false;
  }

  async function live(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (mustClean) await clean();
        if (waiting.size > 0) await writeSome();
        else {
          await wake.promise;
          wake = Promise.withResolvers();
        }
      } catch (err) {
        log.warn({ err, waiting: waiting.size }, 'totals cannot be written yet');
        await sleep(limits.retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const living = live();
  return {
    take({ partition: speedPartition, records }) {
      const reader = readers[speedPartition]!;
      const at = countedPartitionOf(speedPartition, partitions);
      for (const { key, value } of records) {
        const record = decodeSpeedRecord(key, value);
        const change = record && reader.apply(record);
        if (change === undefined) continue;
        const block = { ...at, block: change.block };
        const marker = reader.committed(change.block)?.marker;
        if (marker === undefined) waiting.bury(block);
        else for (const cell of cellChanges(change, versionOf(marker))) waiting.put(block, cell);
      }
      if (waiting.size > 0) wake.resolve();
    },
    caughtUp() {
      mustClean = true;
      wake.resolve();
    },
    status: () => ({ waiting: waiting.size + underWay + Number(mustClean), written, failed }),
    async close() {
      stopping.abort();
      wake.resolve();
      await living;
    },
  };
}
