/** The log that all sides of the speed benchmark read: written once, deleted at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTED_TOPICS, topicName, type CountedTopic } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import { maxRecordBytesOf, topicPlanOf } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import type { OutgoingMessage } from '../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createSpeedEvents } from './speed-events.ts';
import type { Counts } from './speed-lane.ts';

export interface WrittenLog {
  readonly records: number;
  readonly bytesPerRecord: number;
  readonly counts: Counts;
}

const CHUNK = 16_000;
const ATTEMPTS = 10;
const PAUSE_MS = 300;
const SEED = 20_261_121;

/** Records of a partition go out one request after the other, so they keep their raw order. */
export async function writeSpeedLog(kafka: KafkaClient, config: Config, total: number): Promise<WrittenLog> {
  const { region, generation, partitions } = config;
  await patiently(() => ensureTopics(kafka, topicPlanOf(config)));
  // A request that finds one partition without its leader is sent again whole, and a peer counts the others twice.
  for (const topic of COUNTED_TOPICS)
    await patiently(() => logBounds(kafka, topicName(region, generation, topic)));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  const codec = createCleanCodec();
  const events = createSpeedEvents({ partitions, total, seed: SEED });
  let bytes = 0;
  try {
    for (let written = 0; written < total; written += CHUNK) {
      const byTopic: Record<CountedTopic, OutgoingMessage[]> = { plays: [], impressions: [] };
      for (let i = written; i < Math.min(total, written + CHUNK); i += 1) {
        const { topic, partition, record } = events.next();
        const value = codec.encodeClean(topic, record);
        bytes += value.length;
        byTopic[topic].push({
          partition,
          key: record.event.profileId,
          value,
          timestamp: record.appendTime,
        });
      }
      await producer.send(
        (['plays', 'impressions'] as const).map((topic) => ({
          topic: topicName(region, generation, topic),
          messages: byTopic[topic],
        })),
      );
    }
  } finally {
    await producer.close();
  }
  return { records: total, bytesPerRecord: bytes / total, counts: events.counts() };
}

/** Does it again a few times where it fails: a busy broker may not know a topic that it has just created. */
export async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Deletes every topic whose name begins so. */
export async function deleteTopics(kafka: KafkaClient, prefix: string): Promise<void> {
  const admin = await kafka.admin();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
}
