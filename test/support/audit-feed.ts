/** Producers that append raw events at a steady rate, each with a fault that can be switched on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';

export interface FedProducer {
  readonly name: string;
  readonly perSecond: number;
  /** What becomes of an event before it is sent; undefined for not sending it at all. */
  fault?: ((event: Record<string, unknown>) => Record<string, unknown> | undefined) | undefined;
}

export interface Feed {
  /** Events sent, by producer. */
  readonly sent: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export interface FeedOptions {
  readonly producer: LogProducer;
  readonly topic: string;
  readonly partitions: number;
  readonly producers: readonly FedProducer[];
}

const STEP_MS = 100;
const ROWS = ['trending', 'top-picks', 'new'];

function eventOf(name: string, seq: number): Record<string, unknown> {
  const shared = {
    eventId: `${name}-${seq}`,
    eventTime: Date.now(),
    profileId: `profile-${seq % 37}`,
    country: seq % 3 === 0 ? 'SE' : 'DE',
    producer: name,
    producerSeq: seq,
    titleId: `title-${seq % 11}`,
    appVersion: '2.1',
    ...(seq % 2 === 0 ? { device: 'tv' } : {}),
  };
  if (seq % 4 === 0) return { ...shared, kind: 'play_start', ...(seq % 8 === 0 ? { row: 'trending' } : {}) };
  if (seq % 9 === 0) {
    const { titleId: _, ...search } = shared;
    return { ...search, kind: 'search', query: `query ${seq}` };
  }
  if (seq % 7 === 0) return { ...shared, kind: 'rate', rating: 4 };
  return { ...shared, kind: 'impression', row: ROWS[seq % ROWS.length], rank: seq % 15 };
}

export function startFeed({ producer, topic, partitions, producers }: FeedOptions): Feed {
  const sent = new Map<string, number>();
  const next = new Map<string, number>();
  let stopped = false;
  const running = (async () => {
    const begun = performance.now();
    while (!stopped) {
      const seconds = (performance.now() - begun) / 1000;
      const messages = producers.flatMap((one) => {
        const due = Math.floor(seconds * one.perSecond);
        const from = next.get(one.name) ?? 0;
        next.set(one.name, due);
        return Array.from({ length: due - from }, (_, i) => eventOf(one.name, from + i)).flatMap((event) => {
          const changed = one.fault === undefined ? event : one.fault(event);
          if (changed === undefined) return [];
          sent.set(one.name, (sent.get(one.name) ?? 0) + 1);
          const key = String(event['profileId']);
          const partition = partitionOfKey(key, partitions);
          return [{ key, partition, value: Buffer.from(JSON.stringify(changed)) }];
        });
      });
      if (messages.length > 0) await producer.send([{ topic, messages }]);
      await sleep(STEP_MS);
    }
  })();
  return {
    sent,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
