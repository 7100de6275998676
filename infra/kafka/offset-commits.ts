/** Group offsets for lag monitors: gathered and sent once a second, never relied upon. */
import type { Consumer } from 'kafkajs';
import type { Log } from '../log.ts';

export interface OffsetCommits {
  note(topic: string, partition: number, nextOffset: number): void;
  /** Sends what was noted. A failure is logged and forgotten: the next commit says more. */
  flush(): Promise<void>;
}

const COMMIT_INTERVAL_MS = 1000;

export function createOffsetCommits(consumer: Pick<Consumer, 'commitOffsets'>, log: Log): OffsetCommits {
  const noted = new Map<string, { topic: string; partition: number; offset: string }>();
  let timer: NodeJS.Timeout | undefined;
  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const offsets = [...noted.values()];
    noted.clear();
    try {
      await consumer.commitOffsets(offsets);
    } catch (error) {
      log.debug({ err: error }, 'group offsets were not committed');
    }
  }
  return {
    note(topic, partition, nextOffset) {
      noted.set(`${topic}/${partition}`, { topic, partition, offset: String(nextOffset) });
      timer ??= setTimeout(() => void flush(), COMMIT_INTERVAL_MS).unref();
    },
    flush,
  };
}
