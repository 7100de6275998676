/** Batches of topics as records: of clean ones with the fields that a fold reads, of derived ones whole. */
import { isMarqueeError } from '../../domain/errors.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { CLEAN_TOPICS, type CleanTopic, type FoldedTopic } from '../../domain/topics.ts';
import type { CleanCodec, RecordPlace } from '../../infra/avro/codec.ts';
import { createProjectedDecoder, type ProjectedDecoder } from '../../infra/avro/projected-decoder.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import type { Log } from '../../infra/log.ts';
import type { LaneRecord } from './lane.ts';

export type BatchDecoder = (topic: FoldedTopic, batch: LogBatch) => Promise<LaneRecord[]>;

/** The batch is read to its end and released. A record that cannot be decoded moves the position and does nothing else, here as in the lake. */
export function createBatchDecoder(
  codec: CleanCodec,
  { topics, reads }: Pick<KeyedFold<unknown>, 'topics' | 'reads'>,
  log: Log,
): BatchDecoder {
  const projected = new Map<FoldedTopic, ProjectedDecoder>(
    reads && topics.map((topic) => [topic, createProjectedDecoder(topic, reads)]),
  );
  const decodeWith = (topic: FoldedTopic, value: Uint8Array, at: RecordPlace): Omit<LaneRecord, 'offset'> =>
    isClean(topic)
      ? { record: codec.decodeClean(topic, value, at) }
      : { record: undefined, upsert: codec.decodeDerived(topic, value, at) };

  return async (topic, batch) => {
    const { count, offsets, bytes, valueStart, valueEnd } = batch.columns();
    const decode = projected.get(topic);
    const records = new Array<LaneRecord>(count);
    const others: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = valueStart[i]!;
      const record = start < 0 ? undefined : decode?.(bytes, start, valueEnd[i]!);
      records[i] = { offset: offsets[i]!, record };
      if (record === undefined) others.push(i);
    }
    if (others.length === 0) {
      batch.release();
      return records;
    }
    const values = others.map((i) => bytes.subarray(Math.max(0, valueStart[i]!), Math.max(0, valueEnd[i]!)));
    await codec.learn(topic, values);
    others.forEach((i, nth) => {
      const offset = offsets[i]!;
      try {
        const at = { partition: batch.partition, offset };
        records[i] = { offset, ...decodeWith(topic, values[nth]!, at) };
      } catch (error) {
        if (!isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
        log.error({ err: error }, 'record cannot be decoded and is passed over');
      }
    });
    batch.release();
    return records;
  };
}

const isClean = (topic: FoldedTopic): topic is CleanTopic =>
  (CLEAN_TOPICS as readonly string[]).includes(topic);
