/** Reads the records of a topic that were stamped since a time, up to where the topic ends now. */
import type { KafkaClient } from './client.ts';
import type { LogRecord } from './consumer-port.ts';
import { offsetsAt } from './offsets.ts';
import { readAll } from './reader.ts';

/** Calls `onRecords` in the order of each partition; resolves at the end. */
export async function readSince(
  client: KafkaClient,
  topic: string,
  sinceMs: number,
  onRecords: (records: readonly LogRecord[], partition: number) => Promise<void> | void,
): Promise<void> {
  const starts = await offsetsAt(client, topic, sinceMs);
  const reader = await readAll(client, {
    topic,
    live: false,
    fromOffsets: new Map(starts.map(({ partition, offset }) => [partition, offset])),
    onRecords: ({ records, partition }) => onRecords(records, partition),
  });
  await reader.closed;
}
