/**
 * Holds replayed clean records against the live topics, byte by byte. Of each replayed record its raw offset and 48 bits
 * of a SHA-1 over key and value are kept, 16 bytes a record; a live record is taken once, by its raw offset, as readers do.
 */
import { hash } from 'node:crypto';
import { isMarqueeError } from '../../domain/errors.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { CLEAN_TOPICS, topicName, type CleanTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { createDifferences, type Comparison, type Differences, type ReplayTarget } from './port.ts';

export interface CompareDeps {
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
  readonly region: Region;
  readonly generation: Generation;
}

/** Raw offsets `from` (inclusive) to `to` (exclusive), by partition. */
export type RawRanges = ReadonlyMap<number, { readonly from: number; readonly to: number }>;

export const printOf = (key: string | Buffer, value: Buffer): number =>
  hash('sha1', Buffer.concat([Buffer.from(key), Buffer.from([0]), value]), 'buffer').readUIntBE(0, 6);

interface Expected {
  readonly rawOffsets: number[];
  readonly prints: number[];
}

export interface CleanComparer extends ReplayTarget {
  /** Reads the live topics to their end. */
  compare(ranges: RawRanges): Promise<Comparison>;
}

export function createCleanComparer(deps: CompareDeps): CleanComparer {
  const expected = new Map<string, Expected>();
  return {
    take(outputs) {
      for (const { topic, partition, key, value, record } of outputs) {
        const name = `${topic}/${partition}`;
        const list = expected.get(name) ?? { rawOffsets: [], prints: [] };
        expected.set(name, list);
        list.rawOffsets.push((record as CleanRecord).rawOffset);
        list.prints.push(printOf(key, value));
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    async compare(ranges) {
      const found = createDifferences();
      for (const topic of CLEAN_TOPICS) await compareTopic(deps, topic, expected, ranges, found);
      return found.result();
    },
  };
}

async function compareTopic(
  { kafka, codec, region, generation }: CompareDeps,
  topic: CleanTopic,
  expected: ReadonlyMap<string, Expected>,
  ranges: RawRanges,
  found: Differences,
): Promise<void> {
  const name = topicName(region, generation, topic);
  const cursors = new Map<number, Cursor>();
  for (const { partition, start } of await logBounds(kafka, name)) {
    const range = ranges.get(partition);
    const list = expected.get(`${topic}/${partition}`) ?? { rawOffsets: [], prints: [] };
    if (range !== undefined)
      cursors.set(partition, createCursor(`${topic}/${partition}`, list, start > 0, range, found));
  }
  const reader = await readAll(kafka, {
    topic: name,
    partitions: [...cursors.keys()],
    live: false,
    async onRecords(batch) {
      await codec.learn(topic, valuesOf(batch));
      for (const { offset, key, value } of batch.records) {
        const { partition } = batch;
        const rawOffset = rawOffsetOf(codec, topic, value ?? Buffer.alloc(0), { partition, offset });
        if (rawOffset !== undefined && value !== null)
          cursors.get(partition)?.take(rawOffset, offset, printOf(key ?? Buffer.alloc(0), value));
      }
    },
  });
  await reader.caughtUp;
  await reader.stop();
  for (const cursor of cursors.values()) cursor.end();
}

export const valuesOf = ({ records }: LogBatch): Buffer[] =>
  records.flatMap(({ value }) => (value === null ? [] : [value]));

/** Undefined for what no reader can decode. */
function rawOffsetOf(
  codec: CleanCodec,
  topic: CleanTopic,
  value: Buffer,
  at: { partition: number; offset: number },
): number | undefined {
  try {
    return codec.decodeClean(topic, value, at).rawOffset;
  } catch (error) {
    if (isMarqueeError(error, 'RECORD_CORRUPT')) return undefined;
    throw error;
  }
}

interface Cursor {
  take(rawOffset: number, offset: number, print: number): void;
  end(): void;
}

/** Walks both logs by raw offset. Where the live log has lost its beginning, nothing is missing before what it has. */
function createCursor(
  name: string,
  { rawOffsets, prints }: Expected,
  isTruncated: boolean,
  range: { readonly from: number; readonly to: number },
  found: Differences,
): Cursor {
  let at = 0;
  let high = -1;
  const missingBefore = (rawOffset: number): void => {
    const isUnknown = isTruncated && high < 0;
    for (; at < rawOffsets.length && rawOffsets[at]! < rawOffset; at++) {
      if (!isUnknown)
        found.differs(`${name}: raw offset ${rawOffsets[at]} is replayed and not in the live topic`);
    }
  };
  return {
    take(rawOffset, offset, print) {
      if (rawOffset <= high) return;
      if (rawOffset >= range.from && rawOffset < range.to) {
        missingBefore(rawOffset);
        if (rawOffsets[at] !== rawOffset) {
          found.differs(`${name}@${offset}: raw offset ${rawOffset} is live and not replayed`);
        } else if (prints[at++] === print) found.same();
        else found.differs(`${name}@${offset}: raw offset ${rawOffset} has other bytes`);
      }
      high = rawOffset;
    },
    end: () => missingBefore(Infinity),
  };
}
