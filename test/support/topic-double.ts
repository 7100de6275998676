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
  const give = async (reader: Pick<ReadAllOptions, 'onRecords'>, from: number): Promise<void> => {
    const place = { topic: 'double', highWatermark: log.length, isStale: () => false };
    await Promise.all(
      log.slice(from).map(async ({ partition, key, value }, index) => {
        const record = { offset: from + index, timestamp: 0, key, value, headers: {} };
        await reader.onRecords(batchOfRecords({ ...place, partition }, [record]));
      }),
    );
  };
  const topic: TopicDouble = {
    isUp: true,
    open(options) {
      if (!topic.isUp) return Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'it is gone' }));
      readers.add(options);
      const closing: PromiseWithResolvers<void> = Promise.withResolvers();
      void give(options, 0).then(() => options.onCaughtUp?.());
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
    async append(partition, records) {
      const from = log.length;
      log.push(...records.map((record) => ({ partition, ...record })));
      await Promise.all(Array.from(readers, (reader) => give(reader, from)));
    },
    answer: () => readers.forEach((reader) => reader.onFetched?.()),
  };
  return topic;
}
