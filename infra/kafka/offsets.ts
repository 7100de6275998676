/** Where a topic's partitions begin and end. */
import { logUnavailable, type KafkaClient } from './client.ts';

/** Records `start` (inclusive) to `end` (exclusive) of a partition are in the log. */
export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** The bounds of every partition, ascending by partition. */
export async function logBounds(client: KafkaClient, topic: string): Promise<PartitionBounds[]> {
  try {
    const admin = await client.admin();
    const found = await admin.fetchTopicOffsets(topic);
    return found
      .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition);
  } catch (error) {
    throw logUnavailable(error);
  }
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
