/** Creates the topics of a generation as `domain/topics.ts` lists them, and refuses topics of another shape. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import {
  CONTROL_TOPICS,
  LOG_TOPICS,
  partitionCount,
  topicName,
  TOPICS,
  type TopicKind,
} from '../../domain/topics.ts';
import { logUnavailable, type KafkaClient } from './client.ts';

export interface TopicPlan {
  readonly region: Region;
  readonly generation: Generation;
  /** Partitions of the raw topic; the others follow from it. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Largest record batch a topic takes; above the largest record and above a producer's largest run. */
  readonly maxMessageBytes: number;
  /** How soon compaction may see a record of a compacted topic. */
  readonly compaction?: CompactionSettings;
}

export interface CompactionSettings {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Share of a log that must be superseded before the broker compacts it. */
  readonly minDirtyRatio: number;
}

const DEFAULT_COMPACTION: CompactionSettings = {
  segmentBytes: 16 << 20,
  segmentMs: 10 * 60_000,
  minDirtyRatio: 0.1,
};

const CREATE_TIMEOUT_MS = 30_000;
const SETTLE_MS = 100;
const UNSETTLED = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'] as const;
const ALL_KINDS: readonly TopicKind[] = [...LOG_TOPICS, ...CONTROL_TOPICS];

/**
 * Creates what is missing. Throws CONFIG_INVALID naming every topic whose partition count is not the configured one:
 * partitions are fixed for the life of a generation. Safe to call from several processes at once.
 */
export async function ensureTopics(client: KafkaClient, plan: TopicPlan): Promise<void> {
  const admin = await client.admin();
  const wanted = ALL_KINDS.map((kind) => topicConfig(kind, plan));
  try {
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) await createTopics(admin, missing);
    refuseOtherShapes(wanted, await onceSettled(() => partitionCounts(admin, wanted)));
  } catch (error) {
    throw logUnavailable(error);
  }
}

/** Creates what of these is not there, and resolves once every broker that leads a partition knows it. */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  // Waiting for leaders is done below: kafkajs gives up where a broker has not heard of a topic yet.
  await admin.createTopics({ topics: [...topics], waitForLeaders: false, timeout: CREATE_TIMEOUT_MS });
  await onceSettled(() => partitionCounts(admin, topics));
  // A broker that is named as leader may not know it yet.
  for (const { topic } of topics) await onceSettled(() => admin.fetchTopicOffsets(topic));
}

async function partitionCounts(admin: Admin, wanted: readonly ITopicConfig[]): Promise<Map<string, number>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map(({ topic }) => topic) });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** Asks again while topics that were just made are not known or led everywhere. */
async function onceSettled<T>(ask: () => Promise<T>): Promise<T> {
  const givesUpAt = Date.now() + CREATE_TIMEOUT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnsettled(error) || Date.now() > givesUpAt) throw error;
      await sleep(SETTLE_MS);
    }
  }
}

const isUnsettled = (error: unknown): boolean =>
  error instanceof Error && UNSETTLED.some((type) => (error as { type?: unknown }).type === type);

function refuseOtherShapes(wanted: readonly ITopicConfig[], counts: ReadonlyMap<string, number>): void {
  const faults = wanted
    .filter(({ topic, numPartitions }) => counts.get(topic) !== numPartitions)
    .map(
      ({ topic, numPartitions }) =>
        `${topic} has ${counts.get(topic) ?? 0} partitions, the configuration asks for ${numPartitions}: ` +
        'set MARQUEE_PARTITIONS back or open the next MARQUEE_GENERATION',
    );
  if (faults.length > 0) throw new MarqueeError('CONFIG_INVALID', { faults: faults.join('; ') });
}

/** One topic as Kafka is asked for it. */
function topicConfig(kind: TopicKind, plan: TopicPlan): ITopicConfig {
  const spec = TOPICS[kind];
  const { replicationFactor, maxMessageBytes, compaction = DEFAULT_COMPACTION } = plan;
  const entries: Record<string, string | number> = {
    'cleanup.policy': spec.cleanup,
    'retention.ms': spec.retentionMs,
    'message.timestamp.type': spec.timestamp,
    'max.message.bytes': maxMessageBytes,
    'min.insync.replicas': Math.max(1, replicationFactor - 1),
  };
  if (spec.cleanup === 'compact') {
    entries['segment.bytes'] = compaction.segmentBytes;
    entries['segment.ms'] = compaction.segmentMs;
    entries['min.cleanable.dirty.ratio'] = compaction.minDirtyRatio;
  }
  return {
    topic: topicName(plan.region, plan.generation, kind),
    numPartitions: partitionCount(kind, plan.partitions),
    replicationFactor,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value: String(value) })),
  };
}
