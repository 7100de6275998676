/** Hears announcements of new versions, for as long as the process lives; Kafka may be away at the start or at any time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from '../kafka/client.ts';
import { readAll, type LogReader } from '../kafka/reader.ts';
import type { Log } from '../log.ts';

export interface AnnouncementsOptions {
  readonly kafka: KafkaClient;
  readonly topic: string;
  readonly onAnnounced: () => void;
  readonly log: Log;
}

const PAUSE_MS = 5000;

/** What is missed while nobody hears is made good by whoever polls the pointers. */
export function hearAnnouncements(options: AnnouncementsOptions): { close(): Promise<void> } {
  const { kafka, topic, onAnnounced, log } = options;
  const stopping = new AbortController();
  let reader: LogReader | undefined;

  async function hear(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        reader = await readAll(kafka, { topic, live: true, onRecords: onAnnounced });
        if (stopping.signal.aborted) await reader.stop();
        await reader.closed;
      } catch (error) {
        log.warn({ err: error, topic }, 'announcements cannot be heard: tried again');
        await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const hearing = hear();
  return {
    async close() {
      stopping.abort();
      await reader?.stop();
      await hearing;
    },
  };
}
