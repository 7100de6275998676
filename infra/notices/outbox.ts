/** Notices that wait for their delivery to begin: one object each, so that they outlive whoever wrote them. */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { NOTICE_ID, parseNotice, serialiseNotice, type Notice } from '../../domain/notices/notice.ts';
import { readText, toBytes, tryPut } from '../hermes/text-objects.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface Outbox {
  /** Nothing happens where one of that id waits already. */
  put(notice: Notice): Promise<void>;
  /** At most `limit`, by id; what cannot be read is removed. */
  list(limit: number): Promise<Notice[]>;
  remove(id: string): Promise<void>;
}

export function createOutbox(store: ObjectStore, region: Region): Outbox {
  const prefix = `${region}/notices/outbox/`;
  const keyOf = (id: string): string => {
    if (!NOTICE_ID.test(id)) throw new MarqueeError('INTERNAL', { reason: `${id} names no notice` });
    return `${prefix}${id}.json`;
  };

  async function read(key: string): Promise<Notice | undefined> {
    const found = await readText(store, key);
    if (found === undefined) return undefined;
    try {
      return parseNotice(found.text, (reason) => {
        throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason });
      });
    } catch (error) {
      if (!isMarqueeError(error, 'CHECKPOINT_CORRUPT')) throw error;
      await store.delete(key);
      return undefined;
    }
  }

  return {
    async put(notice) {
      await tryPut(store, keyOf(notice.id), toBytes(serialiseNotice(notice)), { ifAbsent: true });
    },
    async list(limit) {
      const waiting = await store.list(prefix, { limit });
      const notices = await Promise.all(waiting.map(({ key }) => read(key)));
      return notices.filter((notice) => notice !== undefined);
    },
    remove: (id) => store.delete(keyOf(id)),
  };
}
