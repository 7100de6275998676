/**
 * The table of topics. Names carry region and, for logs, the generation: `eu.plays.g1`. Every log of a generation has
 * the same number of partitions and is keyed by profile, so raw partition p feeds clean partition p.
 */
import type { Generation, Region } from './ids.ts';
import { DAY_MS } from './time.ts';

export const CLEAN_TOPICS = ['plays', 'impressions', 'interactions', 'searches'] as const;
export type CleanTopic = (typeof CLEAN_TOPICS)[number];

/** Clean topics that the speed layer folds into cells; the order fixes the partitions of `speed-view`. */
export const COUNTED_TOPICS = ['plays', 'impressions'] as const satisfies readonly CleanTopic[];
export type CountedTopic = (typeof COUNTED_TOPICS)[number];

/** Topics of what stages work out from clean ones; see events/derived.ts. Same partitions, keyed by profile. */
export const DERIVED_TOPICS = [
  'attributed-plays',
  'user-behavior-features',
  'completions',
  'quality-metrics',
  'served-rows',
] as const;
export type DerivedTopic = (typeof DERIVED_TOPICS)[number];
/** Written after the raw log's end too, by answers and figures that come late; no count goes by them. */
export const ENDLESS_TOPICS = [
  'completions',
  'quality-metrics',
  'served-rows',
] as const satisfies readonly DerivedTopic[];
/** Topics that rules with state per profile read. */
export type FoldedTopic = CleanTopic | DerivedTopic;

export const LOG_TOPICS = [
  'raw-events',
  ...CLEAN_TOPICS,
  ...DERIVED_TOPICS,
  'dead-letters',
  'speed-view',
] as const;
export const CONTROL_TOPICS = ['announcements', 'subscriber-status', 'erasures', 'notifications'] as const;
export type LogTopic = (typeof LOG_TOPICS)[number];
export type ControlTopic = (typeof CONTROL_TOPICS)[number];
export type TopicKind = LogTopic | ControlTopic;

export interface TopicSpec {
  /** What the record key is. */
  readonly key: string;
  /** The process that writes it. */
  readonly owner: string;
  readonly cleanup: 'delete' | 'compact';
  readonly retentionMs: number;
  /** Whose clock stamps records: the broker's (`LogAppendTime`) or the producer's (`CreateTime`). */
  readonly timestamp: 'LogAppendTime' | 'CreateTime';
  readonly holds: string;
}

const clean = (holds: string): TopicSpec => ({
  key: 'profileId',
  owner: 'extract',
  cleanup: 'delete',
  retentionMs: 7 * DAY_MS,
  timestamp: 'CreateTime',
  holds,
});

const derived = (key: string, owner: string, holds: string): TopicSpec => ({
  key,
  owner,
  cleanup: 'delete',
  retentionMs: 7 * DAY_MS,
  timestamp: 'CreateTime',
  holds,
});

export const TOPICS: Readonly<Record<TopicKind, TopicSpec>> = {
  'raw-events': {
    key: 'profileId',
    owner: 'ingest',
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    timestamp: 'LogAppendTime',
    holds: 'unschematised JSON, one event a record',
  },
  plays: clean('play start, pause, resume, skip and stop (Avro)'),
  impressions: clean('titles that were in a viewport (Avro)'),
  interactions: clean('rate, browse, click, list add and remove (Avro)'),
  searches: clean('queries (Avro)'),
  'attributed-plays': derived(
    'profileId/playId',
    'behaviour',
    'source of play and of discovery per play, upserts (Avro)',
  ),
  'user-behavior-features': derived(
    'profileId/signal/occurrence',
    'behaviour',
    'signals raised or withdrawn, upserts (Avro)',
  ),
  completions: derived('profileId', 'extract', 'what the profile service answered after an outage (Avro)'),
  'quality-metrics': derived('scope', 'audit', 'figures of the live audit (Avro)'),
  'served-rows': derived(
    'profileId, else recommendationId',
    'serving',
    'rows that were answered with, sampled (Avro)',
  ),
  'dead-letters': {
    key: 'raw coordinates region/generation/partition/offset',
    owner: 'extract, sink',
    cleanup: 'compact',
    retentionMs: -1,
    timestamp: 'LogAppendTime',
    holds: 'records that are not events, or that nobody can decode, with the reason',
  },
  'speed-view': {
    key: 'topic/partition/block/epoch/slot',
    owner: 'speed',
    cleanup: 'compact',
    retentionMs: -1,
    timestamp: 'LogAppendTime',
    holds: 'chunks of cells (absolute totals) and markers',
  },
  announcements: {
    key: 'view name',
    owner: 'worker',
    cleanup: 'compact',
    retentionMs: -1,
    timestamp: 'LogAppendTime',
    holds: 'the announced version of each view',
  },
  'subscriber-status': {
    key: 'view name/subscriber',
    owner: 'serving',
    cleanup: 'compact',
    retentionMs: -1,
    timestamp: 'LogAppendTime',
    holds: 'which subscriber serves which version, since when',
  },
  notifications: {
    key: 'view name',
    owner: 'worker',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    timestamp: 'LogAppendTime',
    holds: 'what became of versions, and who is late (JSON, notifications.md)',
  },
  erasures: {
    key: 'erasure id',
    owner: 'worker',
    cleanup: 'compact',
    retentionMs: -1,
    timestamp: 'LogAppendTime',
    holds: 'tombstones of erased profiles: a keyed hash, the surrogate, how far the erasure reaches',
  },
};

function isControlTopic(kind: TopicKind): kind is ControlTopic {
  return (CONTROL_TOPICS as readonly string[]).includes(kind);
}

/** The Kafka name of a topic, e.g. `eu.plays.g1` or `eu.announcements`. */
export function topicName(region: Region, generation: Generation, kind: TopicKind): string {
  return isControlTopic(kind) ? `${region}.${kind}` : `${region}.${kind}.${generation}`;
}

/** How many partitions a topic of a generation with `partitions` raw partitions has. */
export function partitionCount(kind: TopicKind, partitions: number): number {
  if (isControlTopic(kind)) return 1;
  return kind === 'speed-view' ? COUNTED_TOPICS.length * partitions : partitions;
}

/** The `speed-view` partition that holds the cells of one clean topic-partition. */
export function speedViewPartition(topic: CountedTopic, partition: number, partitions: number): number {
  return COUNTED_TOPICS.indexOf(topic) * partitions + partition;
}

/** The clean topic-partition whose cells a `speed-view` partition holds. */
export function countedPartitionOf(
  speedPartition: number,
  partitions: number,
): { topic: CountedTopic; partition: number } {
  const topic = COUNTED_TOPICS[Math.floor(speedPartition / partitions)];
  if (topic === undefined) throw new RangeError(`speed-view partition ${speedPartition} has no clean topic`);
  return { topic, partition: speedPartition % partitions };
}
