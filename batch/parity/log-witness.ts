/** The third opinion on a block: the counting fold, warmed up and run over the records that the clean log itself holds. */
import { blockEnd, blockStart } from '../../domain/blocks.ts';
import { columnsOf } from '../../domain/counted-columns.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { neededSince } from '../../domain/measure-memory.ts';
import {
  countedRecord,
  MEASURE_LIMITS,
  type CountedRecord,
  type MeasureLimits,
} from '../../domain/measures.ts';
import type { BlockContent } from '../../domain/parity/block.ts';
import { SEAM_RULES } from '../../domain/seam.ts';
import { createSpeedFold, startAt, type SpeedFold } from '../../domain/speed-fold.ts';
import type { Marker } from '../../domain/speed-view.ts';
import { topicName, type CountedTopic } from '../../domain/topics.ts';
import { createWarmUp, warmFromLog } from '../../domain/warm-up.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { logBounds, offsetsAt } from '../../infra/kafka/offsets.ts';
import { readAll, type LogReader } from '../../infra/kafka/reader.ts';

/** A record of the log; undefined where it cannot be decoded. */
export interface Witnessed {
  readonly offset: number;
  readonly record: CountedRecord | undefined;
}

/** Port: a clean partition as far as the log holds it. */
export interface CleanLog {
  /** First offset that is still there. */
  start(topic: CountedTopic, partition: number): Promise<number>;
  /** Offset of the first record appended at or after a moment. */
  offsetAt(topic: CountedTopic, partition: number, time: number): Promise<number>;
  /** Gives the records of [from, to) in order, some at a time. */
  read(
    at: {
      readonly topic: CountedTopic;
      readonly partition: number;
      readonly from: number;
      readonly to: number;
    },
    take: (records: readonly Witnessed[]) => void,
  ): Promise<void>;
}

export interface LogWitness {
  /** What the block holds by the log; undefined where the log does not reach back as far as counting it needs. */
  count(marker: Marker): Promise<BlockContent | undefined>;
}

export function createLogWitness(
  log: CleanLog,
  blockSize: number,
  limits: MeasureLimits = MEASURE_LIMITS,
): LogWitness {
  return {
    async count({ topic, partition, block, before }) {
      const [from, to] = [blockStart(block, blockSize), blockEnd(block, blockSize)];
      const logStart = await log.start(topic, partition);
      if (logStart > from) return undefined;
      const since = neededSince(before.logTime, limits);
      const found = Math.max(logStart, await log.offsetAt(topic, partition, since));
      const reachesBack = logStart === 0 || found > logStart;
      const warmFrom = Math.min(found, from);
      const warming = createWarmUp(warmFromLog(warmFrom, since, reachesBack), SEAM_RULES, limits);
      const shape = { topic, partition, blockSize, slots: 1 };
      let fold: SpeedFold | undefined;
      const begin = (): SpeedFold => {
        const known = from === 0 ? undefined : warming.finish(before.logTime);
        return createSpeedFold(shape, startAt(from, before.rawHigh, known, { limits }), SEAM_RULES, limits);
      };
      await log.read({ topic, partition, from: warmFrom, to }, (records) => {
        const earlier = records.filter(({ offset }) => offset < from);
        if (earlier.length > 0) warming.take(columnsOf(earlier));
        for (const { offset, record } of records) {
          if (offset < from) continue;
          fold ??= begin();
          fold.step(offset, record);
        }
      });
      const counted = (fold ?? begin()).flush(0, true);
      const marker = counted.at(-1)?.value;
      if (marker?.type !== 'marker' || marker.from !== from || marker.to !== to) return undefined;
      const parts = counted.flatMap(({ value }) => (value?.type === 'chunk' ? [value] : []));
      return { events: marker.events, entries: marker.entries, digest: marker.digest, parts };
    },
  };
}

export interface CleanTopics {
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
  readonly region: Region;
  readonly generation: Generation;
}

/** The clean topics in Kafka. */
export function createCleanLog({ kafka, codec, region, generation }: CleanTopics): CleanLog {
  const nameOf = (topic: CountedTopic): string => topicName(region, generation, topic);
  const decoded = (topic: CountedTopic, partition: number, offset: number, value: Buffer | null) => {
    if (value === null) return undefined;
    try {
      return countedRecord(codec.decodeClean(topic, value, { partition, offset }));
    } catch (error) {
      if (isMarqueeError(error, 'RECORD_CORRUPT')) return undefined;
      throw error;
    }
  };
  return {
    async start(topic, partition) {
      const bounds = await logBounds(kafka, nameOf(topic));
      return bounds.find((one) => one.partition === partition)?.start ?? 0;
    },
    async offsetAt(topic, partition, time) {
      const found = await offsetsAt(kafka, nameOf(topic), time);
      return found.find((one) => one.partition === partition)?.offset ?? 0;
    },
    async read({ topic, partition, from, to }, take) {
      const last: { reader?: LogReader } = {};
      let isDone = false;
      const reader = await readAll(kafka, {
        topic: nameOf(topic),
        partitions: [partition],
        fromOffsets: new Map([[partition, from]]),
        live: false,
        async onRecords({ records }) {
          if (isDone) return;
          const wanted = records.filter(({ offset }) => offset < to);
          await codec.learn(
            topic,
            wanted.flatMap(({ value }) => (value === null ? [] : [value])),
          );
          take(
            wanted.map(({ offset, value }) => ({ offset, record: decoded(topic, partition, offset, value) })),
          );
          if ((records.at(-1)?.offset ?? -1) < to - 1) return;
          isDone = true;
          // Stopping waits for this batch: it must not be waited for here.
          void last.reader?.stop();
        },
      });
      last.reader = reader;
      if (isDone) await reader.stop();
      await reader.closed;
    },
  };
}
