/** Builds the adapters of a process from its configuration. Nothing connects before it is used. */
import type { Config } from './config.ts';
import { createKafka, type KafkaClient } from './kafka/client.ts';
import type { TopicPlan } from './kafka/topics.ts';
import type { Log } from './log.ts';
import { createS3ObjectStore, type S3ObjectStore } from './object-store/s3.ts';

/** Room in a record batch for framing and for company, bytes. */
const BATCH_ROOM_BYTES = 2 << 20;

export const openObjectStore = (config: Config): S3ObjectStore => createS3ObjectStore(config.s3);

export const openKafka = (config: Config, log: Log): KafkaClient => createKafka(config.kafka, log);

/** A client that tries everything once, for those to whom an unknown outcome is news. */
export const openKafkaWithoutRetries = (config: Config, log: Log): KafkaClient =>
  createKafka({ ...config.kafka, maxRetries: 0 }, log);

export function topicPlanOf(config: Config): TopicPlan {
  const { region, generation, partitions, kafka, ingest } = config;
  const maxMessageBytes = ingest.maxEventBytes + BATCH_ROOM_BYTES;
  return { region, generation, partitions, replicationFactor: kafka.replicationFactor, maxMessageBytes };
}

/** The largest record value a producer of this configuration may send, bytes. */
export const maxRecordBytesOf = (config: Config): number =>
  config.ingest.maxEventBytes + (BATCH_ROOM_BYTES >> 1);

export { openLake, type OpenLake } from './lake/open.ts';
