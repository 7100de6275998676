/** One partition of the `speed-view` topic: read whole at the owner's start, then written by it alone. */
import { decodeSpeedRecord, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import type { Log } from '../../infra/log.ts';
import type { SpeedViewLog } from './owner.ts';

export interface ViewLogOptions {
  readonly kafka: KafkaClient;
  /** Single flight: a marker must not overtake its chunks. */
  readonly producer: LogProducer;
  readonly topic: string;
  readonly partition: number;
  readonly log: Log;
}

export function createViewLog({ kafka, producer, topic, partition, log }: ViewLogOptions): SpeedViewLog {
  let next = 0;

  /** What was read or published without a break; another owner's records in between are read by the next one. */
  const follow = ({ baseOffset, count }: { baseOffset: number; count: number }): void => {
    if (baseOffset === next) next += count;
  };

  return {
    async read(from) {
      const bounds = (await logBounds(kafka, topic)).find((one) => one.partition === partition);
      const isHeld = bounds !== undefined && from >= bounds.start && from <= bounds.end;
      const begin = isHeld ? from : (bounds?.start ?? 0);
      const records: SpeedRecord[] = [];
      const onRecords = (batch: { records: readonly LogRecord[] }): void => {
        for (const record of batch.records) {
          const decoded = decodeSpeedRecord(record.key, record.value);
          if (decoded === undefined)
            log.warn({ topic, partition, offset: record.offset }, 'not a speed-view record');
          else records.push(decoded);
        }
      };
      next = Math.max(begin, bounds?.end ?? 0);
      if (bounds !== undefined && begin < bounds.end) {
        const fromOffsets = new Map([[partition, begin]]);
        const options = { topic, partitions: [partition], fromOffsets, live: false, onRecords };
        const reader = await readAll(kafka, options);
        await reader.closed;
        next = Math.max(next, reader.positions().get(partition) ?? 0);
      }
      return { records, from: isHeld ? from : 0 };
    },
    async publish(records) {
      const messages = records.map(({ key, value }) => ({
        partition,
        key,
        value: value === null ? null : bytesOf(encodeSpeedMessage(value)),
      }));
      for (const appended of await producer.send([{ topic, messages }])) follow(appended);
    },
    next: () => next,
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
