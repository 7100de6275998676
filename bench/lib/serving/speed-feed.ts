/** A speed view that goes on, read as serving reads the topic; another process makes it. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { speedViewPartition } from '../../../domain/topics.ts';
import { batchOfRecords } from '../../../infra/kafka/log-batch.ts';
import type { OpenReader } from '../../../infra/kafka/follow-topic.ts';

type Reader = Parameters<OpenReader>[0];

/** Titles, block size, plays to begin with, plays in each turn, milliseconds of a turn. */
export type FeedShape = readonly [number, number, number, number, number];

export interface FeedMessage {
  readonly records: readonly { readonly key: Buffer; readonly value: Buffer | null }[];
  /** Where the log of plays ends. */
  readonly end: number;
}

export interface SpeedFeed {
  readonly open: OpenReader;
  end(): number;
  close(): void;
}

/** Resolves when what it begins with is there; without a shape it never has a record. */
export async function startSpeedFeed(partitions: number, shape?: FeedShape): Promise<SpeedFeed> {
  const readers = new Set<Reader>();
  const held: FeedMessage['records'][number][] = [];
  const partition = speedViewPartition('plays', 0, partitions);
  let end = 0;

  async function give(reader: Reader, from: number): Promise<void> {
    const records = held
      .slice(from)
      .map((record, i) => ({ offset: from + i, timestamp: 0, headers: {}, ...record }));
    const place = { topic: 'speed-view', partition, highWatermark: held.length, isStale: () => false };
    if (records.length > 0) await reader.onRecords(batchOfRecords(place, records));
    reader.onFetched?.();
  }

  async function take(message: FeedMessage): Promise<void> {
    const from = held.length;
    for (const { key, value } of message.records)
      held.push({ key: Buffer.from(key), value: value && Buffer.from(value) });
    end = message.end;
    for (const reader of readers) await give(reader, from);
  }

  const maker =
    shape &&
    fork(join(import.meta.dirname, 'feed-process.ts'), shape.map(String), { serialization: 'advanced' });
  if (maker !== undefined)
    await new Promise<void>((resolve) => {
      maker.on('message', (message) => void take(message as FeedMessage).then(resolve));
    });
  // Whoever asks hears that the broker lives.
  const timer = setInterval(() => readers.forEach((reader) => reader.onFetched?.()), 1000);
  return {
    end: () => end,
    close() {
      clearInterval(timer);
      maker?.disconnect();
    },
    async open(options) {
      readers.add(options);
      await give(options, 0);
      options.onCaughtUp?.();
      const closing: PromiseWithResolvers<void> = Promise.withResolvers();
      return {
        caughtUp: Promise.resolve(),
        closed: closing.promise,
        positions: () => new Map(),
        stop() {
          readers.delete(options);
          closing.resolve();
          return Promise.resolve();
        },
      };
    },
  };
}
