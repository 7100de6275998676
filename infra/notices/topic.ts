/** The topic `notifications`: every notice as JSON, keyed by its view. */
import type { Generation, Region } from '../../domain/ids.ts';
import { serialiseNotice, type Notice } from '../../domain/notices/notice.ts';
import { topicName } from '../../domain/topics.ts';
import type { LogProducer } from '../kafka/producer-port.ts';

export interface NoticeTopic {
  /** LOG_UNAVAILABLE. */
  append(notice: Notice): Promise<void>;
  close(): Promise<void>;
}

export interface NoticeTopicDeps {
  readonly region: Region;
  readonly generation: Generation;
  /** Called at the first notice, and again after it failed. */
  connect(): Promise<LogProducer>;
}

/** Kafka may be gone when this is made. */
export function createNoticeTopic({ region, generation, connect }: NoticeTopicDeps): NoticeTopic {
  const topic = topicName(region, generation, 'notifications');
  let producer: Promise<LogProducer> | undefined;
  return {
    async append(notice) {
      const used = (producer ??= connect());
      try {
        const message = { key: Buffer.from(notice.view), value: Buffer.from(serialiseNotice(notice)) };
        await (await used).send([{ topic, messages: [message] }]);
      } catch (error) {
        if (producer === used) producer = undefined;
        await used.then((open) => open.close()).catch(() => undefined);
        throw error;
      }
    },
    async close() {
      await producer?.then((open) => open.close()).catch(() => undefined);
    },
  };
}
