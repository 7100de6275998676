/** Reads what a topic holds, and no more, for tests that compare it with what was sent. */
import { logBounds } from '../../infra/kafka/offsets.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';

/** The records of every partition from its start to its end now, in order. */
export async function readTopic(client: KafkaClient, topic: string): Promise<Map<number, LogRecord[]>> {
  const bounds = await logBounds(client, topic);
  const found = new Map<number, LogRecord[]>(bounds.map(({ partition }) => [partition, []]));
  const missing = new Set(bounds.filter(({ start, end }) => end > start).map(({ partition }) => partition));
  const { promise: done, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  if (missing.size === 0) return found;
  const consumer = runConsumer(client, {
    groupId: `read-${topic}-${Math.random().toString(36).slice(2)}`,
    topics: [topic],
    onAssigned: () => Promise.resolve(undefined),
    onRevoked: () => undefined,
    onBatch({ partition, records, highWatermark }) {
      found.get(partition)?.push(...records);
      if ((records.at(-1)?.offset ?? -1) + 1 >= highWatermark) missing.delete(partition);
      if (missing.size === 0) resolve();
      return Promise.resolve();
    },
  });
  try {
    await Promise.race([done, consumer.closed]);
  } finally {
    await consumer.stop();
  }
  return found;
}

export const textOf = ({ value }: LogRecord): string => String(value);
