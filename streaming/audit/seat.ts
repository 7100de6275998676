/**
 * One of the audit processes of a region works, the others stand by: who holds the one partition of a control topic in
 * their group holds the seat.
 */
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';

export interface SeatHolder {
  readonly closed: Promise<void>;
  stop(): Promise<void>;
}

export interface SeatDeps {
  readonly kafka: KafkaClient;
  readonly groupId: string;
  /** A topic with one partition; nothing of it is read. */
  readonly topic: string;
  /** Begins to work. */
  sit(): Promise<SeatHolder>;
}

/** Rejects `closed` when the one who works could not go on. */
export function holdSeat({ kafka, groupId, topic, sit }: SeatDeps): SeatHolder {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let holder: SeatHolder | undefined;
  const rise = async (): Promise<void> => {
    const leaving = holder;
    holder = undefined;
    await leaving?.stop();
  };
  const consumer = runConsumer(kafka, {
    groupId,
    topics: [topic],
    async onAssigned() {
      await rise();
      holder = await sit();
      holder.closed.catch(failed.reject);
      return 'skip';
    },
    onRevoked: rise,
    onBatch: () => Promise.resolve(),
  });
  return {
    closed: Promise.race([consumer.closed, failed.promise]),
    async stop() {
      await consumer.stop();
      await rise();
    },
  };
}
