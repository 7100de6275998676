/** Reads how a kind of process stands: ends of its topics, positions and members of its groups. */
import type { PartitionReading, Reading } from '../../domain/sizing-load.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { groupMembers } from '../../infra/kafka/group-members.ts';
import { committedOffsets, logBounds } from '../../infra/kafka/offsets.ts';
import type { SizedGroup } from './kinds.ts';

/** Throws LOG_UNAVAILABLE when Kafka does not answer; nothing is kept of half a reading. */
export async function takeReading(
  kafka: KafkaClient,
  groups: readonly SizedGroup[],
  now: () => EpochMs,
): Promise<Reading> {
  const read = await Promise.all(groups.map((group) => readGroup(kafka, group)));
  const time = now();
  return {
    time,
    partitions: read.flatMap(({ partitions }) => partitions),
    widest: Math.max(0, ...read.map(({ widest }) => widest)),
    processes: Math.max(0, ...read.map(({ members }) => members)),
  };
}

interface GroupReading {
  readonly partitions: readonly PartitionReading[];
  readonly widest: number;
  readonly members: number;
}

async function readGroup(kafka: KafkaClient, { groupId, topics }: SizedGroup): Promise<GroupReading> {
  const [members, ...byTopic] = await Promise.all([
    groupMembers(kafka, groupId),
    ...topics.map((topic) => readTopic(kafka, groupId, topic)),
  ]);
  const owners = new Map<string, string>();
  for (const { memberId, partitions } of members)
    for (const topic of topics)
      for (const partition of partitions[topic] ?? [])
        owners.set(nameOf(groupId, topic, partition), memberId);
  return {
    members: members.length,
    partitions: byTopic.flat().map((one) => ({ ...one, group: groupId, owner: owners.get(one.name) })),
    widest: Math.max(0, ...byTopic.map(({ length }) => length)),
  };
}

type Standing = Omit<PartitionReading, 'group' | 'owner'>;

async function readTopic(kafka: KafkaClient, groupId: string, topic: string): Promise<Standing[]> {
  // Positions first: an end that is asked for later is never before one.
  const committed = await committedOffsets(kafka, groupId, topic);
  const bounds = await logBounds(kafka, topic);
  return bounds.map(({ partition, start, end }) => ({
    name: nameOf(groupId, topic, partition),
    end,
    position: Math.max(start, committed.get(partition) ?? 0),
  }));
}

const nameOf = (groupId: string, topic: string, partition: number): string =>
  `${groupId}/${topic}/${partition}`;
