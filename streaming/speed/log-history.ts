/** What one clean topic-partition still holds before an offset, for owners that warm up. */
import { createTextTable } from '../../domain/text-table.ts';
import { offsetsAt } from '../../infra/kafka/offsets.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { readAll, type LogReader } from '../../infra/kafka/reader.ts';
import type { BatchDecoder } from './decode.ts';
import type { LogHistory } from './owner.ts';

export interface LogHistoryOptions {
  readonly kafka: KafkaClient;
  /** Name of the topic; its records are stamped with their append time. */
  readonly topic: string;
  readonly partition: number;
  readonly decode: BatchDecoder;
}

export function createLogHistory({ kafka, topic, partition, decode }: LogHistoryOptions): LogHistory {
  return {
    async offsetAt(time) {
      const found = (await offsetsAt(kafka, topic, time)).find((one) => one.partition === partition);
      return found?.offset ?? 0;
    },
    async read(from, to, take) {
      const last: { reader?: LogReader } = {};
      const texts = { titles: createTextTable(), rowNames: createTextTable() };
      let isDone = false;
      const reader = await readAll(kafka, {
        topic,
        partitions: [partition],
        fromOffsets: new Map([[partition, from]]),
        live: false,
        async onRecords(batch) {
          if (isDone) return;
          const columns = await decode(batch, texts);
          while (columns.size > 0 && columns.offset[columns.size - 1]! >= to) columns.size -= 1;
          take(columns);
          if ((batch.records.at(-1)?.offset ?? -1) < to - 1) return;
          isDone = true;
          // Stopping waits for this batch: it must not be waited for here.
          void last.reader?.stop();
        },
      });
      last.reader = reader;
      // Done before there was a reader to stop.
      if (isDone) await reader.stop();
      await reader.closed;
    },
  };
}
