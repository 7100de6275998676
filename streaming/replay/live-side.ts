/**
 * The live lane's side of a comparison, read from Kafka beside its groups: what a derived topic says, and what the clean
 * topics hold that was not replayed, because the lake has not read so far or the replay ended before.
 */
import { isMarqueeError } from '../../domain/errors.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { topicName, type CleanTopic, type DerivedTopic, type TopicKind } from '../../domain/topics.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { valuesOf, type CompareDeps } from './compare-clean.ts';

export interface LiveWord {
  readonly partition: number;
  readonly record: DerivedRecord;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Port: what comparers ask of the live lane. */
export interface LiveSide {
  /** Reads the derived topic to its end, in order within each partition. */
  words(visit: (word: LiveWord) => void): Promise<void>;
  /** Partitions of the derived topic that have lost their beginning. */
  truncated(): Promise<ReadonlySet<number>>;
  /** Partitions whose clean log goes on past what was replayed, as of now. */
  goingOn(): Promise<ReadonlySet<number>>;
  /** Keys of the records past what was replayed, as of now. Memory grows with their number. */
  touched(): Promise<ReadonlySet<string>>;
}

/** The next offset after what was replayed of a clean partition; 0 where nothing was. */
export type ReplayedTo = (topic: CleanTopic, partition: number) => number;

export function createLiveSide(
  deps: CompareDeps,
  fold: Pick<KeyedFold<unknown>, 'topics' | 'output' | 'keyOf'>,
  replayedTo: ReplayedTo,
): LiveSide {
  const { kafka, codec, region, generation } = deps;
  const nameOf = (topic: TopicKind): string => topicName(region, generation, topic);
  const output = (): DerivedTopic => {
    if (fold.output === undefined) throw new RangeError('a fold without a topic has no words');
    return fold.output;
  };
  const tailsOf = async (topic: CleanTopic): Promise<Map<number, number>> => {
    const bounds = await logBounds(kafka, nameOf(topic));
    const tails = bounds.map(({ partition, start, end }) => {
      const from = Math.max(start, replayedTo(topic, partition));
      return { partition, from, end };
    });
    return new Map(
      tails.filter(({ from, end }) => from < end).map(({ partition, from }) => [partition, from]),
    );
  };

  return {
    async words(visit) {
      const topic = output();
      await readThrough(deps, nameOf(topic), undefined, async (batch) => {
        await codec.learn(topic, valuesOf(batch));
        const { partition } = batch;
        for (const { offset, key, value } of batch.records) {
          if (value === null) continue;
          const record = unlessCorrupt(() => codec.decodeDerived(topic, value, { partition, offset }));
          if (record !== undefined) visit({ partition, record, key: key ?? Buffer.alloc(0), value });
        }
      });
    },
    async truncated() {
      const bounds = await logBounds(kafka, nameOf(output()));
      return new Set(bounds.filter(({ start }) => start > 0).map(({ partition }) => partition));
    },
    async goingOn() {
      const found = new Set<number>();
      for (const topic of fold.topics)
        for (const partition of (await tailsOf(topic)).keys()) found.add(partition);
      return found;
    },
    async touched() {
      const found = new Set<string>();
      for (const topic of fold.topics) {
        const tails = await tailsOf(topic);
        if (tails.size === 0) continue;
        await readThrough(deps, nameOf(topic), tails, async (batch) => {
          await codec.learn(topic, valuesOf(batch));
          const { partition } = batch;
          for (const { offset, value } of batch.records) {
            if (value === null) continue;
            const record = unlessCorrupt(() => codec.decodeClean(topic, value, { partition, offset }));
            if (record !== undefined) found.add(fold.keyOf(record));
          }
        });
      }
      return found;
    },
  };
}

async function readThrough(
  { kafka }: CompareDeps,
  topic: string,
  fromOffsets: ReadonlyMap<number, number> | undefined,
  onRecords: (batch: LogBatch) => Promise<void>,
): Promise<void> {
  const some = fromOffsets && { fromOffsets, partitions: [...fromOffsets.keys()] };
  const reader = await readAll(kafka, { topic, live: false, onRecords, ...some });
  await reader.caughtUp;
  await reader.stop();
}

/** Undefined for what no reader can decode. */
function unlessCorrupt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (isMarqueeError(error, 'RECORD_CORRUPT')) return undefined;
    throw error;
  }
}
