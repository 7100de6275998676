/** Appends the known log to the clean topics at a steady rate, one request at a time, as one extractor would. */
import { setTimeout as sleep } from 'node:timers/promises';
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import type { CleanCodec } from '../../../infra/avro/codec.ts';
import type { Config } from '../../../infra/config.ts';
import type { Random } from '../../../domain/random.ts';
import type { LogProducer, OutgoingMessage } from '../../../infra/kafka/producer-port.ts';
import type { KnownRecord } from './known-log.ts';

/** Told of every record where it stands in the log; of one that was sent again, once more. */
export type OnAppended = (known: KnownRecord, offset: number) => void;

export interface SenderDeps {
  readonly config: Pick<Config, 'region' | 'generation'>;
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly random: Random;
  readonly eventsPerSecond: number;
  readonly onAppended: OnAppended;
}

export interface Sender {
  /** Sends these records at the rate; all are acknowledged when it resolves. */
  send(records: readonly KnownRecord[]): Promise<void>;
  sent(): number;
}

const TICK_MS = 50;
/** How often a tick's records are sent twice, as by the successor of an extractor that was killed before it knew. */
const REPEATS = 0.02;

export function createSender(deps: SenderDeps): Sender {
  const { config, producer, codec, random, eventsPerSecond, onAppended } = deps;
  const ends = new Map<string, number>();
  let sent = 0;

  const append = async (records: readonly KnownRecord[]): Promise<void> => {
    const lanes = new Map<CleanTopic, Map<number, KnownRecord[]>>();
    for (const known of records) {
      const partitions = lanes.get(known.topic) ?? new Map<number, KnownRecord[]>();
      lanes.set(known.topic, partitions);
      partitions.set(known.partition, [...(partitions.get(known.partition) ?? []), known]);
    }
    const batch = Array.from(lanes, ([kind, partitions]) => ({
      topic: topicName(config.region, config.generation, kind),
      messages: [...partitions.values()].flat().map((known) => messageOf(codec, known)),
    }));
    const appended = await producer.send(batch);
    for (const [kind, partitions] of lanes) {
      for (const [partition, own] of partitions) {
        const topic = topicName(config.region, config.generation, kind);
        const lane = `${topic}/${partition}`;
        const from = ends.get(lane) ?? 0;
        const runs = appended.filter((one) => one.topic === topic && one.partition === partition);
        // Appended twice by a retry that nobody saw: the log is not the known one any more.
        if (Math.min(...runs.map(({ baseOffset }) => baseOffset)) !== from)
          throw new Error(`${lane} does not go on at ${from}: ${JSON.stringify(runs)}`);
        own.forEach((known, i) => onAppended(known, from + i));
        ends.set(lane, from + own.length);
        sent += own.length;
      }
    }
  };

  return {
    sent: () => sent,
    async send(records) {
      const begun = performance.now();
      for (let at = 0; at < records.length;) {
        const dueMs = begun + (at * 1000) / eventsPerSecond - performance.now();
        if (dueMs > 0) await sleep(Math.max(dueMs, TICK_MS));
        const due = Math.ceil(((performance.now() - begun) * eventsPerSecond) / 1000);
        const tick = records.slice(at, Math.max(at + 1, Math.min(due, at + eventsPerSecond)));
        await append(tick);
        if (random.chance(REPEATS)) await append(tick.slice(random.below(tick.length)));
        at += tick.length;
      }
    },
  };
}

function messageOf(codec: CleanCodec, { partition, topic, record }: KnownRecord): OutgoingMessage {
  const value = codec.encodeClean(topic, record);
  return { partition, key: record.event.profileId, value, timestamp: record.appendTime };
}
