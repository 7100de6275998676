/** Where a topic's partitions begin and end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { logUnavailable, type KafkaClient } from './client.ts';

/** Records `start` (inclusive) to `end` (exclusive) of a partition are in the log. */
export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** While another request has kafkajs read anew who leads what, it can lose sight of a topic and fails with a TypeError. */
const MOST_TRIES = 5;
const PAUSE_MS = 100;

/** The bounds of every partition, ascending by partition. */
export async function logBounds(
  client: Pick<KafkaClient, 'admin'>,
  topic: string,
): Promise<PartitionBounds[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      const admin = await client.admin();
      const found = await admin.fetchTopicOffsets(topic);
      return found
        .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
        .sort((a, b) => a.partition - b.partition);
    } catch (error) {
      if (!(error instanceof TypeError) || tries >= MOST_TRIES) throw logUnavailable(error);
      await sleep(PAUSE_MS);
    }
  }
}

export interface SharedBounds {
  /** The partition's bounds; never with an end before `position` when the log has reached it by now. */
  of(topic: string, partition: number, position: number): Promise<PartitionBounds>;
}

/** Asks for bounds once a topic, and again only where an answer is older than the position it is held against. */
export function shareBounds(client: KafkaClient): SharedBounds {
  const asked = new Map<string, Promise<PartitionBounds[]>>();
  const ask = (topic: string): Promise<PartitionBounds[]> => {
    const asking = logBounds(client, topic);
    asked.set(topic, asking);
    return asking;
  };
  return {
    async of(topic, partition, position) {
      const first = asked.get(topic) ?? ask(topic);
      const found = boundsIn(await first, topic, partition);
      if (position <= found.end) return found;
      const latest = asked.get(topic);
      return boundsIn(
        await (latest === undefined || latest === first ? ask(topic) : latest),
        topic,
        partition,
      );
    },
  };
}

function boundsIn(bounds: readonly PartitionBounds[], topic: string, partition: number): PartitionBounds {
  const found = bounds.find((one) => one.partition === partition);
  if (found === undefined) {
    throw new MarqueeError('LOG_UNAVAILABLE', { reason: `${topic}/${partition} has no bounds` });
  }
  return found;
}

/** Per partition, the offset of the first record stamped at or after `timeMs`; the log's end where there is none. */
export async function offsetsAt(
  client: KafkaClient,
  topic: string,
  timeMs: number,
): Promise<{ partition: number; offset: number }[]> {
  try {
    const admin = await client.admin();
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
    return found
      .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      .sort((a, b) => a.partition - b.partition);
  } catch (error) {
    throw logUnavailable(error);
  }
}

/** What a group has committed of a topic, by partition; without those it never committed. */
export async function committedOffsets(
  client: KafkaClient,
  groupId: string,
  topic: string,
): Promise<Map<number, number>> {
  try {
    const admin = await client.admin();
    const found = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      found
        .flatMap(({ partitions }) => partitions)
        .map(({ partition, offset }) => [partition, Number(offset)] as const)
        .filter(([, offset]) => offset >= 0),
    );
  } catch (error) {
    throw logUnavailable(error);
  }
}
