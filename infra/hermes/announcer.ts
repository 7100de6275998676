import type { Region } from '../../domain/ids.ts';
import { serialise, type Pointer } from '../../domain/views.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import { topicName } from '../../domain/topics.ts';
import type { Generation } from '../../domain/ids.ts';

export interface Announcer {
  /** Appends to `announcements`: key the view's name, value the pointer as stored. LOG_UNAVAILABLE. */
  announce(pointer: Pointer): Promise<void>;
  close(): Promise<void>;
}

export interface AnnouncerDeps {
  readonly region: Region;
  readonly generation: Generation;
  /** Called at the first announcement, and again after it failed. */
  connect(): Promise<LogProducer>;
}

/** Announcements of views. Kafka may be gone when this is made: it is needed only when something is announced. */
export function createAnnouncer({ region, generation, connect }: AnnouncerDeps): Announcer {
  const topic = topicName(region, generation, 'announcements');
  let producer: Promise<LogProducer> | undefined;
  return {
    async announce(pointer) {
      producer ??= connect();
      try {
        const message = { key: Buffer.from(pointer.view), value: Buffer.from(serialise(pointer)) };
        await (await producer).send([{ topic, messages: [message] }]);
      } catch (error) {
        const failed = producer;
        producer = undefined;
        await failed?.then((open) => open.close()).catch(() => undefined);
        throw error;
      }
    },
    async close() {
      await producer?.then((open) => open.close()).catch(() => undefined);
    },
  };
}
