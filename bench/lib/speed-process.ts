/** The speed stage as `streaming/speed/process.ts` assembles it, measured: Kafka, checkpoints and leases in the object store. */
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import { loadConfig } from '../../infra/config.ts';
import {
  maxRecordBytesOf,
  openKafka,
  openKafkaWithoutRetries,
  openObjectStore,
} from '../../infra/connections.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { createLog } from '../../infra/log.ts';
import { runSpeedStage } from '../../streaming/speed/stage.ts';
import { answerLines } from './line-process.ts';
import { cpuSeconds } from './process-cpu.ts';

const config = loadConfig();
const { region, generation, partitions, blockSize, speed } = config;
const log = createLog({ name: 'speed', level: config.logLevel });
const store = openObjectStore(config);
const kafka = openKafka(config, log);
const outgoing = openKafkaWithoutRetries(config, log);

let records = 0;
let outputRecords = 0;
let outputBytes = 0;
/** How long each partition took to be taken over. */
const openings: number[] = [];
/** Partitions by how many records are left, and those of which nothing is left and all is published. */
const lags = new Map<string, number>();
const finished = new Set<string>();

const producer = counting(await createProducer(outgoing, { maxRecordBytes: maxRecordBytesOf(config) }));
const stage = runSpeedStage({
  ...{ kafka, producer, store, region, generation, partitions, blockSize, speed, log },
  codec: createCleanCodec(createStoredRegistry(store, region)),
  rawHighBelow: () => () => Promise.resolve(undefined),
  onFault: fail,
  onProgress(topic, partition, count, lag) {
    records += count;
    const name = `${topic}/${partition}`;
    lags.set(name, lag);
    finished.delete(name);
  },
  onOpened: (_topic, _partition, durationMs) => void openings.push(durationMs),
  // A flush that ends after the last record was folded has published it: both are in single file.
  onFlush(topic, partition) {
    const name = `${topic}/${partition}`;
    if (lags.get(name) === 0) finished.add(name);
  },
});
stage.closed.catch(fail);

answerLines(
  {
    sample: () => ({ records, cpuSeconds: cpuSeconds(), finished: [...finished] }),
    totals: () => ({ outputRecords, outputBytes }),
    openings: () => ({ openingsMs: openings, rssBytes: process.memoryUsage().rss }),
  },
  async () => {
    await stage.stop();
    await producer.close();
    await Promise.all([kafka.close(), outgoing.close()]);
    store.close();
  },
);

function fail(error: unknown): never {
  log.fatal({ err: error }, 'speed cannot go on');
  process.exit(1);
}

function counting(inner: LogProducer): LogProducer {
  return {
    send(batch) {
      for (const { messages } of batch) {
        outputRecords += messages.length;
        for (const { key, value } of messages) outputBytes += (key?.length ?? 0) + (value?.length ?? 0);
      }
      return inner.send(batch);
    },
    close: () => inner.close(),
  };
}
