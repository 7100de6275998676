/** A speed view that goes on: plays of the last hour first, then new ones, in chunks and markers as an owner publishes them. */
import { hashProfile } from '../../../domain/hash.ts';
import { country, profileId, titleId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import { encodeSpeedMessage } from '../../../domain/speed-codec.ts';
import { createSpeedFold, startAt } from '../../../domain/speed-fold.ts';
import { speedViewPartition } from '../../../domain/topics.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { batchOfRecords } from '../../../infra/kafka/log-batch.ts';
import type { OpenReader } from '../../../serving/follow-topic.ts';
import { COUNTRIES, popularTitle, titleOf } from './synthetic.ts';

type Reader = Parameters<OpenReader>[0];

export interface SpeedFeed {
  readonly open: OpenReader;
  /** Where the log of plays ends. */
  end(): number;
  /** Counts so many plays that have just happened and publishes what changed. */
  publish(plays: number): Promise<void>;
  /** Tells readers that the broker lives. */
  answer(): void;
}

export function createSpeedFeed(titles: number, blockSize: number, partitions: number): SpeedFeed {
  const random = createRandom(11);
  const shape = { topic: 'plays', partition: 0, blockSize, slots: 16 } as const;
  const fold = createSpeedFold(shape, startAt(0, -1));
  const readers = new Set<Reader>();
  const held: { key: Buffer; value: Buffer | null }[] = [];
  let offset = 0;

  async function give(reader: Reader, from: number): Promise<void> {
    const partition = speedViewPartition('plays', 0, partitions);
    const records = held
      .slice(from)
      .map((record, i) => ({ offset: from + i, timestamp: 0, headers: {}, ...record }));
    const place = { topic: 'speed-view', partition, highWatermark: held.length, isStale: () => false };
    if (records.length > 0) await reader.onRecords(batchOfRecords(place, records));
    reader.onFetched?.();
  }

  async function flush(isWhole: boolean): Promise<void> {
    const from = held.length;
    for (const { key, value } of fold.flush(1, isWhole))
      held.push({ key: Buffer.from(key), value: value && Buffer.from(encodeSpeedMessage(value)) });
    for (const reader of readers) await give(reader, from);
  }

  return {
    end: () => offset,
    answer: () => readers.forEach((reader) => reader.onFetched?.()),
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
    async publish(plays) {
      for (let i = 0; i < plays; i++) {
        if (fold.isFull()) {
          await flush(false);
          fold.advance();
        }
        const profile = `profile-${random.below(100_000)}`;
        const eventTime = Date.now() - (offset < 100_000 ? random.below(HOUR_MS) : 0);
        fold.step(offset, {
          rawOffset: offset,
          ...{ appendTime: eventTime, eventTime, timeStatus: 'ok', kind: 'play_start', row: 'trending' },
          profileId: profileId(profile),
          profileHash: hashProfile(profile),
          country: country(COUNTRIES[random.below(COUNTRIES.length)]!),
          titleId: titleId(titleOf(popularTitle(random, titles))),
        });
        offset += 1;
      }
      await flush(false);
    },
  };
}
