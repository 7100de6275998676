/** Batches of a counted topic as the columns that counting reads. */
import {
  createCountedColumns,
  ROW_KIND,
  setRecord,
  type CountedColumns,
} from '../../domain/counted-columns.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { countedRecord } from '../../domain/measures.ts';
import type { Texts } from '../../domain/speed-fold.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import { createCountedDecoder } from '../../infra/avro/counted-decoder.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import type { Log } from '../../infra/log.ts';

/** The columns answered are written over by the next call. The batch is read to its end and released. */
export type BatchDecoder = (
  batch: Pick<LogBatch, 'columns' | 'partition' | 'release'>,
  texts: Texts,
) => Promise<CountedColumns>;

/** A record that cannot be decoded moves the position and counts nothing, here as in the lake. */
export function createBatchDecoder(codec: CleanCodec, topic: CountedTopic, log: Log): BatchDecoder {
  const decode = createCountedDecoder(topic);
  let columns: CountedColumns | undefined;

  const columnsFor = (count: number, { titles, rowNames }: Texts): CountedColumns => {
    if (columns === undefined || columns.capacity < count || columns.titles !== titles) {
      columns = createCountedColumns(Math.max(count, columns?.capacity ?? 0), titles, rowNames);
    }
    columns.size = count;
    return columns;
  };

  return async (batch, texts) => {
    const { partition } = batch;
    const { count, offsets, bytes, valueStart, valueEnd } = batch.columns();
    const into = columnsFor(count, texts);
    const others: number[] = [];
    for (let i = 0; i < count; i++) {
      into.offset[i] = offsets[i]!;
      const start = valueStart[i]!;
      if (start < 0 || !decode(bytes, start, valueEnd[i]!, into, i)) others.push(i);
    }
    if (others.length === 0) {
      batch.release();
      return into;
    }
    const values = others.map((i) => bytes.subarray(Math.max(0, valueStart[i]!), Math.max(0, valueEnd[i]!)));
    await codec.learn(topic, values);
    others.forEach((i, nth) => {
      const offset = offsets[i]!;
      try {
        setRecord(into, i, countedRecord(codec.decodeClean(topic, values[nth]!, { partition, offset })));
      } catch (error) {
        if (!isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
        log.error({ err: error }, 'record cannot be decoded and counts nothing');
        into.kind[i] = ROW_KIND.unreadable;
      }
    });
    batch.release();
    return into;
  };
}
