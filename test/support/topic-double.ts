/** A topic that a test writes to, in place of Kafka. */
import { MarqueeError } from '../../domain/errors.ts';
import { batchOfRecords } from '../../infra/kafka/log-batch.ts';
import type { ReadAllOptions } from '../../infra/kafka/reader.ts';
import type { OpenReader } from '../../infra/kafka/follow-topic.ts';

export interface TopicDouble {
  readonly open: OpenReader;
  /** Whether Kafka answers. */
  isUp: boolean;
  /** What every reader gets, from the first record on. */
  append(partition: number, records: readonly { key: Buffer; value: Buffer | null }[]): Promise<void>;
  /** The broker answers a fetch without records. */
  answer(): void;
}

export function createTopicDouble(): TopicDouble {
  const log: { partition: number; key: Buffer; value: Buffer | null }[] = [];
  const readers = new Set<Omit<ReadAllOptions, 'topic' | 'live'>>();
  const give = (reader: Pick<ReadAllOptions, 'onRecords'>, from: number): unknown =>
    log
      .slice(from)
      .map(({ partition, key, value }, index) =>
        reader.onRecords(
          batchOfRecords({ topic: 'double', partition, highWatermark: log.length, isStale: () => false }, [
            { offset: from + index, timestamp: 0, key, value, headers: {} },
          ]),
        ),
      );
  const topic: TopicDouble = {
    isUp: true,
    open(options) {
      if (!topic.isUp) return Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'it is gone' }));
      readers.add(options);
      give(options, 0);
      const closing: PromiseWithResolvers<void> = Promise.withResolvers();
      options.onCaughtUp?.();
      return Promise.resolve({
        caughtUp: Promise.resolve(),
        closed: closing.promise,
        positions: () => new Map(),
        stop() {
          readers.delete(options);
          closing.resolve();
          return Promise.resolve();
        },
      });
    },
    append(partition, records) {
      const from = log.length;
      log.push(...records.map((record) => ({ partition, ...record })));
      for (const reader of readers) give(reader, from);
      return Promise.resolve();
    },
    answer: () => readers.forEach((reader) => reader.onFetched?.()),
  };
  return topic;
}
