/**
 * Keeps title totals up with the speed view. What changed waits by cell, its newest word alone, so that an outage of the
 * store costs no more memory than the view has cells; the view itself is what everything can be written anew from.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import { COUNTED_TOPICS, countedPartitionOf } from '../../domain/topics.ts';
import type { BlockName, CellTotal, TitleTotals } from '../../infra/cassandra/title-totals.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import type { Log } from '../../infra/log.ts';
import { cellChanges, cellKey, versionOf } from './cell-changes.ts';

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

/** Undefined takes the whole block away. */
interface Task {
  readonly block: BlockName;
  readonly cell: CellTotal | undefined;
}

const nameOf = ({ topic, partition, block }: BlockName): string => `${topic}/${partition}/${block}`;

export function createTotalsKeeper(deps: TotalsDeps): TotalsKeeper {
  const { totals, partitions, blockSize, limits, log } = deps;
  const readers: readonly SpeedReader[] = Array.from({ length: COUNTED_TOPICS.length * partitions }, () =>
    createSpeedReader(blockSize),
  );
  const waiting = new Map<string, Task>();
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  let mustClean = false;
  let [written, failed] = [0, 0];

  const put = (task: Task): void => {
    const { block, cell } = task;
    waiting.set(cell === undefined ? nameOf(block) : `${nameOf(block)} ${cellKey(cell)}`, task);
  };

  const bury = (block: BlockName): void => {
    for (const key of waiting.keys()) if (key.startsWith(`${nameOf(block)} `)) waiting.delete(key);
    put({ block, cell: undefined });
  };

  async function write([key, { block, cell }]: readonly [string, Task]): Promise<void> {
    try {
      await (cell === undefined ? totals.bury(block) : totals.write(block, cell));
      written += 1;
    } catch (error) {
      failed += 1;
      // A newer word about the same may have come to wait meanwhile.
      if (!waiting.has(key)) waiting.set(key, { block, cell });
      throw error;
    }
  }

  async function writeSome(): Promise<void> {
    const some = Array.from(waiting).slice(0, limits.concurrency);
    for (const [key] of some) waiting.delete(key);
    const results = await Promise.allSettled(some.map(write));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason as Error;
  }

  async function clean(): Promise<void> {
    for (const block of await totals.blocks()) {
      const reader = readers[COUNTED_TOPICS.indexOf(block.topic) * partitions + block.partition];
      if (reader?.committed(block.block) === undefined) put({ block, cell: undefined });
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
        if (marker === undefined) bury(block);
        else for (const cell of cellChanges(change, versionOf(marker))) put({ block, cell });
      }
      if (waiting.size > 0) wake.resolve();
    },
    caughtUp() {
      mustClean = true;
      wake.resolve();
    },
    status: () => ({ waiting: waiting.size + Number(mustClean), written, failed }),
    async close() {
      stopping.abort();
      wake.resolve();
      await living;
    },
  };
}
