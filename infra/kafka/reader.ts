/** Reads a whole topic, for those who keep all of it in memory: from its beginning to its end, then on and on. */
import { randomUUID } from 'node:crypto';
import { logUnavailable, type KafkaClient } from './client.ts';
import type { LogBatch } from './consumer-port.ts';
import { runConsumer } from './consumer.ts';
import { logBounds } from './offsets.ts';

export interface ReadAllOptions {
  readonly topic: string;
  /** Only these partitions; all when absent. */
  readonly partitions?: readonly number[];
  /** Where to begin in a partition; the log's start when absent. */
  readonly fromOffsets?: ReadonlyMap<number, number>;
  /** Whether to follow the topic after its end was reached. */
  readonly live: boolean;
  onRecords(batch: LogBatch): Promise<void> | void;
  /** Once, when every partition was read to where it ended when reading began. */
  onCaughtUp?(): void;
  /** Whenever the broker answered a fetch, with records or without: reading is alive. */
  onFetched?(): void;
}

export interface LogReader {
  /** Settles with `onCaughtUp`; rejects when reading ended before. */
  readonly caughtUp: Promise<void>;
  /** Resolves after `stop`, or for a reader that is not live once it has caught up; rejects when it could not go on. */
  readonly closed: Promise<void>;
  /** The next offset of each partition read so far. */
  positions(): ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

/**
 * The last records of a compacted partition may be gone though its end counts them: once the broker has answered for this
 * long that there is nothing, the end is reached.
 */
const SILENCE_MS = 2000;

/** A restart of the connection goes on where reading was; each record comes once. */
export async function readAll(client: KafkaClient, options: ReadAllOptions): Promise<LogReader> {
  const { topic, live } = options;
  const groupId = `reader-${topic}-${randomUUID()}`;
  const bounds = await logBounds(client, topic);
  const wanted = bounds.filter(({ partition }) => options.partitions?.includes(partition) ?? true);
  const positions = new Map(
    wanted.map(({ partition, start }) => [partition, options.fromOffsets?.get(partition) ?? start]),
  );
  const behind = new Set(
    wanted
      .filter(({ partition, end }) => (positions.get(partition) ?? 0) < end)
      .map(({ partition }) => partition),
  );
  const ends = new Map(wanted.map(({ partition, end }) => [partition, end]));
  const caught: PromiseWithResolvers<void> = Promise.withResolvers();
  const closing: PromiseWithResolvers<void> = Promise.withResolvers();
  caught.promise.catch(() => undefined);
  closing.promise.catch(() => undefined);
  /** Partitions still behind for which the broker answers nothing, by when it began to; anew at each assignment. */
  const silentSince = new Map<number, number>();
  let isCaughtUp = false;

  function catchUp(): void {
    if (isCaughtUp) return;
    isCaughtUp = true;
    options.onCaughtUp?.();
    caught.resolve();
    if (!live) void stop();
  }

  const consumer = runConsumer(client, {
    groupId,
    topics: [topic],
    onAssigned(_topic, partition) {
      silentSince.delete(partition);
      if (behind.size === 0) catchUp();
      return Promise.resolve(ends.has(partition) ? positions.get(partition) : 'skip');
    },
    onRevoked: () => undefined,
    onFetched: () => options.onFetched?.(),
    onGap: ({ partition, found }) => positions.set(partition, found),
    async onBatch(batch) {
      silentSince.delete(batch.partition);
      await options.onRecords(batch);
      const next = (batch.columns().offsets.at(-1) ?? 0) + 1;
      positions.set(batch.partition, next);
      if (next >= (ends.get(batch.partition) ?? 0)) behind.delete(batch.partition);
      if (behind.size === 0) catchUp();
    },
    onEmptyFetch(_topic, partition) {
      if (!behind.has(partition)) return;
      const since = silentSince.get(partition) ?? Date.now();
      silentSince.set(partition, since);
      if (Date.now() - since > SILENCE_MS) behind.delete(partition);
      if (behind.size === 0) catchUp();
    },
  });

  let stopped: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopped ??= (async () => {
      await consumer.stop();
      const admin = await client.admin();
      await admin.deleteGroups([groupId]).catch(() => undefined);
      caught.reject(logUnavailable(new Error(`reader of ${topic} was stopped`)));
      await consumer.closed.then(closing.resolve, closing.reject);
    })();
    return stopped;
  }
  consumer.closed.catch((error: unknown) => {
    caught.reject(error);
    closing.reject(error);
  });
  return { caughtUp: caught.promise, closed: closing.promise, positions: () => positions, stop };
}
