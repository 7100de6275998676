/** One partition of the `speed-view` topic: read whole at the owner's start, then written by it alone. */
import { decodeSpeedRecord, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
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
  return {
    async read() {
      const records: SpeedRecord[] = [];
      const onRecords = (batch: { records: readonly LogRecord[] }): void => {
        for (const record of batch.records) {
          const decoded = decodeSpeedRecord(record.key, record.value);
          if (decoded === undefined)
            log.warn({ topic, partition, offset: record.offset }, 'not a speed-view record');
          else records.push(decoded);
        }
      };
      const reader = await readAll(kafka, { topic, partitions: [partition], live: false, onRecords });
      await reader.closed;
      return records;
    },
    async publish(records) {
      const messages = records.map(({ key, value }) => ({
        partition,
        key,
        value: value === null ? null : bytesOf(encodeSpeedMessage(value)),
      }));
      await producer.send([{ topic, messages }]);
    },
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
