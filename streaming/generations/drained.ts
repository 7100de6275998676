/** How far the groups of a generation are behind its ends. */
import type { Generation } from '../../domain/ids.ts';
import {
  CLEAN_TOPICS,
  DERIVED_TOPICS,
  ENDLESS_TOPICS,
  topicName,
  type DerivedTopic,
  type LogTopic,
} from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { committedOffsets, logBounds } from '../../infra/kafka/offsets.ts';
import { groupsOf } from '../controller/kinds.ts';

export interface GroupLag {
  readonly group: string;
  readonly records: number;
}

export interface Drain {
  /** Groups that have something left to read, by how much. */
  readonly behind: readonly GroupLag[];
  /** Rules that never ran here: nothing waits for them. */
  readonly absent: readonly string[];
  /** Where raw and clean topics end, by kind and partition. */
  readonly ends: Readonly<Record<string, readonly number[]>>;
}

const ENDLESS: readonly DerivedTopic[] = ENDLESS_TOPICS;
const SUNK: readonly LogTopic[] = [
  'raw-events',
  ...CLEAN_TOPICS,
  ...DERIVED_TOPICS.filter((topic) => !ENDLESS.includes(topic)),
];
const ENDED: readonly LogTopic[] = ['raw-events', ...CLEAN_TOPICS];

/** `extract` and `sink` must have read everything; rules with state per profile, and the speed layer, where they ran. */
export async function readDrain(kafka: KafkaClient, config: Config, generation: Generation): Promise<Drain> {
  const { region } = config;
  const of = { ...config, generation };
  const sink = {
    groupId: `${region}.sink.${generation}`,
    topics: SUNK.map((kind) => topicName(region, generation, kind)),
  };
  const needed = [...groupsOf('extract', of), sink];
  const optional = [...groupsOf('behaviour', of), ...groupsOf('speed', of)];
  const behind: GroupLag[] = [];
  const absent: string[] = [];
  // In the order of the flow: what a group has written is in the ends that the next is held against.
  for (const { groupId, topics } of [needed[0]!, ...optional, sink]) {
    const { records, hasCommitted } = await lagOf(kafka, groupId, topics);
    const isNeeded = needed.some((one) => one.groupId === groupId);
    if (!hasCommitted && !isNeeded) absent.push(groupId);
    else if (records > 0) behind.push({ group: groupId, records });
  }
  const ends: Record<string, readonly number[]> = {};
  for (const kind of ENDED)
    ends[kind] = (await logBounds(kafka, topicName(region, generation, kind))).map(({ end }) => end);
  return { behind, absent, ends };
}

/** Records of these topics that a group has not committed, and whether it has committed anything. */
export async function lagOf(
  kafka: KafkaClient,
  groupId: string,
  topics: readonly string[],
): Promise<{ records: number; hasCommitted: boolean }> {
  let records = 0;
  let hasCommitted = false;
  for (const topic of topics) {
    const committed = await committedOffsets(kafka, groupId, topic);
    hasCommitted ||= committed.size > 0;
    for (const { partition, start, end } of await logBounds(kafka, topic))
      records += Math.max(0, end - Math.max(start, committed.get(partition) ?? 0));
  }
  return { records, hasCommitted };
}
