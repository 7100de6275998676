/** Puts together what comparing the lanes needs. Kafka is asked for nothing before the first run. */
import type { LaneComparison } from '../../activities/reconciling.ts';
import { createParityJob } from '../../batch/parity/job.ts';
import { createLakeLane } from '../../batch/parity/lake-lane.ts';
import { createCleanLog, createLogWitness } from '../../batch/parity/log-witness.ts';
import { createSpeedLane, readSpeedTopic } from '../../batch/parity/speed-lane.ts';
import { topicName } from '../../domain/topics.ts';
import { createCleanCodec } from '../avro/codec.ts';
import { createStoredRegistry } from '../avro/registry.ts';
import type { Config } from '../config.ts';
import { maxRecordBytesOf, topicPlanOf } from '../connections.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createParityAlert } from '../parity/alert.ts';
import { createParityStore } from '../parity/store.ts';

export interface ParityParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly lake: DuckDbLake;
  readonly store: ObjectStore;
  readonly kafka: KafkaClient;
}

export function openParity({ config, log, metrics, lake, store, kafka }: ParityParts): {
  readonly parity: LaneComparison;
  close(): Promise<void>;
} {
  const { region, generation, partitions, blockSize, extract, parity } = config;
  const codec = createCleanCodec(createStoredRegistry(store, region));
  const topic = { kafka, region, generation, partitions };
  const read = readSpeedTopic(topic);
  let topics: Promise<void> | undefined;
  /** A region whose other processes have not begun yet has no topics. */
  const topicsThere = (): Promise<void> =>
    (topics ??= ensureTopics(kafka, topicPlanOf(config)).catch((error: unknown) => {
      topics = undefined;
      throw error;
    }));
  let producer: Promise<LogProducer> | undefined;
  const connect = async (): Promise<LogProducer> => {
    await topicsThere();
    await codec.publishSchemas();
    return createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  };
  const job = createParityJob({
    lake: createLakeLane({
      ...{ lake, generation, blockSize },
      dedupeWindowMs: extract.dedupeWindowMs,
      duplicatesBackMs: parity.duplicatesBackMs,
    }),
    speed: createSpeedLane(async (...asked) => {
      await topicsThere();
      await read(...asked);
    }, blockSize),
    witness: createLogWitness(createCleanLog({ kafka, codec, region, generation }), blockSize),
    ...{ generation, blockSize },
    limits: { titles: parity.titles, cells: parity.cells },
    most: { blocks: parity.blocks, drilled: parity.drilled },
  });
  return {
    parity: {
      job,
      store: createParityStore(store, region),
      log: { generation, blockSize },
      keptReports: parity.keptReports,
      async tell(records) {
        producer ??= connect();
        try {
          const messages = records.map((record) => ({
            key: record.scope,
            value: codec.encodeDerived('quality-metrics', record),
          }));
          await (
            await producer
          ).send([{ topic: topicName(region, generation, 'quality-metrics'), messages }]);
        } catch (error) {
          const failed = producer;
          producer = undefined;
          await failed.then((open) => open.close()).catch(() => undefined);
          throw error;
        }
      },
      onRun: createParityAlert(metrics, log),
    },
    async close() {
      await producer?.then((open) => open.close()).catch(() => undefined);
    },
  };
}
