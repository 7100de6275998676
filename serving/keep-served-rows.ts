/** What is answered, kept on the log as it is configured. */
import type { Config } from '../infra/config.ts';
import type { CleanCodec } from '../infra/avro/codec.ts';
import type { KafkaClient } from '../infra/kafka/client.ts';
import { createProducer } from '../infra/kafka/producer.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import { startServedRows, type ServedRows } from './served-rows.ts';

/** Larger than a row of titles with the longest ids. */
const MAX_SERVED_ROW_BYTES = 128 * 1024;

export function keepServedRows(
  settings: Pick<Config['serving'], 'servedRowsShare' | 'servedRowsBuffer' | 'servedRowsIntervalMs'>,
  deps: { kafka: KafkaClient; codec: CleanCodec; topic: () => string; metrics: Metrics; log: Log },
): ServedRows {
  const { kafka, codec, topic, metrics, log } = deps;
  return startServedRows({
    connect: () => createProducer(kafka, { maxRecordBytes: MAX_SERVED_ROW_BYTES }),
    encode: (record) => codec.encodeDerived('served-rows', record),
    prepare: codec.publishSchemas,
    ...{ topic, metrics, log, share: settings.servedRowsShare, most: settings.servedRowsBuffer },
    intervalMs: settings.servedRowsIntervalMs,
  });
}
