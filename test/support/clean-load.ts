/** A load of clean records at a rate that can be changed, as an extractor would write them, with a count of what was sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanRecord } from '../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../domain/ids.ts';
import { topicName, type CountedTopic } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createSingleFlightProducer } from '../../infra/kafka/producer.ts';
import type { OutgoingMessage } from '../../infra/kafka/producer-port.ts';

export interface CleanLoad {
  setRate(recordsPerSecond: number): void;
  /** Counted records that Kafka has acknowledged, by `topic/title/country`. */
  readonly sent: ReadonlyMap<string, number>;
  /** Offsets that every partition of a topic will end at. */
  ends(topic: CountedTopic): readonly number[];
  /** Waits for what is under way; throws what ended the load. */
  stop(): Promise<void>;
}

const TICK_MS = 100;
const TITLES = 40;
const COUNTRIES = ['DE', 'FR', 'SE'];
/** One record in so many is a play, the others are impressions. */
const PLAY_EVERY = 8;
const TRIES = 20;

export const countName = (topic: CountedTopic, title: string, where: string): string =>
  `${topic}/${title}/${where}`;

export async function startCleanLoad(config: Config, kafka: KafkaClient): Promise<CleanLoad> {
  const { region, generation, partitions } = config;
  const codec = createCleanCodec();
  const producer = await createSingleFlightProducer(kafka, { maxRecordBytes: 1 << 16, maxWaiting: 1 });
  const stopping = new AbortController();
  const sent = new Map<string, number>();
  const lengths = {
    plays: new Array<number>(partitions).fill(0),
    impressions: new Array<number>(partitions).fill(0),
  };
  let rate = 0;
  let made = 0;
  let lastTime = 0;

  async function send(count: number): Promise<void> {
    lastTime = Math.max(lastTime, Date.now());
    const batch: Record<CountedTopic, OutgoingMessage[]> = { plays: [], impressions: [] };
    const names: string[] = [];
    for (let i = 0; i < count; i++, made++) {
      const topic = made % PLAY_EVERY === 0 ? 'plays' : 'impressions';
      const record = recordOf(topic, made, lastTime);
      const partition = Math.floor(made / PLAY_EVERY) % partitions;
      batch[topic].push({ key: record.event.profileId, value: codec.encodeClean(topic, record), partition });
      names.push(countName(topic, (record.event as { titleId: string }).titleId, record.event.country));
    }
    const topics = (['plays', 'impressions'] as const).filter((topic) => batch[topic].length > 0);
    const outgoing = topics.map((topic) => ({
      topic: topicName(region, generation, topic),
      messages: batch[topic],
    }));
    // Records that are sent again have the raw offsets they had: whoever reads skips the copies.
    for (let left = TRIES; ; left--) {
      try {
        await producer.send(outgoing);
        break;
      } catch (error) {
        if (left === 0) throw error;
        await sleep(TICK_MS);
      }
    }
    for (const name of names) sent.set(name, (sent.get(name) ?? 0) + 1);
    for (const topic of topics) for (const { partition = 0 } of batch[topic]) lengths[topic][partition]! += 1;
  }

  async function live(): Promise<void> {
    let due = 0;
    let last = performance.now();
    while (!stopping.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      const now = performance.now();
      due += (rate * (now - last)) / 1000;
      last = now;
      if (due >= 1) await send(Math.floor(due));
      due %= 1;
    }
  }
  const ended = live();
  ended.catch(() => undefined);
  return {
    setRate: (next) => (rate = next),
    sent,
    ends: (topic) => lengths[topic],
    async stop() {
      stopping.abort();
      await ended.finally(producer.close);
    },
  };
}

function recordOf(topic: CountedTopic, number: number, time: number): CleanRecord {
  const common = {
    eventId: eventId(`e${number}`),
    eventTime: time,
    profileId: profileId(`p${number % 5000}`),
    country: country(COUNTRIES[number % COUNTRIES.length]!),
    titleId: titleId(`t${(number * 7) % TITLES}`),
  };
  const event =
    topic === 'plays'
      ? ({ ...common, kind: 'play_start', playId: `play-${number}` } as const)
      : ({ ...common, kind: 'impression', row: 'trending', rank: number % 15 } as const);
  return { rawOffset: number, appendTime: time, timeStatus: 'ok', event };
}
