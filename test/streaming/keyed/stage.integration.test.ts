import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createErasureBook } from '../../../domain/erasure/book.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import type { CleanRecord, MarqueeEvent } from '../../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import type { LogConsumer } from '../../../infra/kafka/consumer-port.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';
import { runKeyedStage, type StageErasures } from '../../../streaming/keyed/stage.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 3;
const config = testConfig({
  MARQUEE_PARTITIONS: String(PARTITIONS),
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '300',
});
const { region, generation } = config;
const codec = createCleanCodec();
const output = topicName(region, generation, 'user-behavior-features');
let kafka: KafkaClient;
let producer: LogProducer;
const stages: LogConsumer[] = [];
const opened: KeyedStates<Pair>[] = [];

/** How many impressions and plays a profile has had. */
interface Pair {
  impressions: number;
  plays: number;
}

const pairs: KeyedFold<Pair, 'user-behavior-features'> = {
  name: 'pairs',
  version: 1,
  topics: ['impressions', 'plays'],
  output: 'user-behavior-features',
  keyOf: ({ event }) => event.profileId,
  step(state, { topic, record }) {
    const pair = state ?? { impressions: 0, plays: 0 };
    pair[topic as keyof Pair] += 1;
    const { profileId: profile, eventTime } = record.event;
    const said = {
      ...{ upsertKey: profile, version: 0, appendTime: record.appendTime, profileId: profile },
      ...{ signal: 'pairs', subject: '', state: 'raised', eventTime },
      detail: `${pair.impressions}/${pair.plays}`,
    };
    return { state: pair, outputs: [said] };
  },
};

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  for (const stage of stages) await stage.stop();
  for (const states of opened) await states.close();
  await producer.close();
  await kafka.close();
});

function member(erasures?: StageErasures): LogConsumer {
  const states = createLmdbKeyedStates<Pair>(`${config.dataDir}/state/pairs`, pairs.version);
  const limits = { maxBatchRecords: 7, cachedKeys: 3, storeIntervalMs: 50 };
  const stage = runKeyedStage(
    { kafka, producer, codec, states, erasures, region, generation, limits, log: silentLog() },
    pairs,
  );
  opened.push(states);
  stages.push(stage);
  return stage;
}

function eventOf(topic: CleanTopic, profile: string, at: number): MarqueeEvent {
  const envelope = {
    eventId: eventId(`${topic}-${at}`),
    eventTime: at,
    profileId: profileId(profile),
    country: country('DE'),
    titleId: titleId('t'),
  };
  return topic === 'plays'
    ? { kind: 'play_start', ...envelope }
    : { kind: 'impression', ...envelope, row: 'r', rank: 0 };
}

/** Profiles `p0`, `p1`, `p2` live in partitions 0, 1, 2; raw offsets go on from `from`, the last five sent again. */
async function send(topic: 'impressions' | 'plays', from: number, to: number): Promise<void> {
  const offsets = Array.from({ length: to - from }, (_, i) => from + i);
  const messages = [...offsets, ...offsets.slice(-5)].flatMap((rawOffset) =>
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const event = eventOf(topic, `p${partition}`, 1_790_000_000_000 + rawOffset);
      const record: CleanRecord = { rawOffset, appendTime: event.eventTime, timeStatus: 'ok', event };
      return { partition, key: event.profileId, value: codec.encodeClean(topic, record) };
    }),
  );
  await producer.send([{ topic: topicName(region, generation, topic), messages }]);
}

/** The newest word about each profile. */
async function finalWords(): Promise<Record<string, string | undefined>> {
  const newest = new Map<string, DerivedRecord<'user-behavior-features'>>();
  for (const records of (await readTopic(kafka, output)).values()) {
    for (const { value } of records) {
      const said = codec.decodeDerived('user-behavior-features', value!);
      const before = newest.get(said.upsertKey);
      if (before === undefined || said.version > before.version) newest.set(said.upsertKey, said);
    }
  }
  return Object.fromEntries(Array.from(newest, ([key, { detail }]) => [key, detail]));
}

const everyone = (detail: string): Record<string, string> => ({ p0: detail, p1: detail, p2: detail });

/** Leaders of a new topic may not be known yet. */
const said = (detail: string): Promise<void> =>
  until(
    () =>
      finalWords().then(
        (words) => isDeepStrictEqual(words, everyone(detail)),
        () => false,
      ),
    30_000,
  );

test('two topics are folded together, through joining and leaving members, and every record once', async () => {
  const first = member();
  await send('impressions', 0, 40);
  await send('plays', 0, 20);
  await said('40/20');
  assert.deepEqual(await finalWords(), everyone('40/20'));
  const second = member();
  await send('plays', 20, 60);
  await send('impressions', 40, 90);
  await said('90/60');
  await first.stop();
  await send('impressions', 90, 120);
  await send('plays', 60, 61);
  await said('120/61');
  assert.deepEqual(await finalWords(), everyone('120/61'));
  await second.stop();
});

test('who takes a partition of two topics forgets whoever is being erased, and nobody else', async () => {
  const { owners, ownerAt } = createErasureBook((id) => id);
  member({ owners, ownerAt, underWay: () => Promise.resolve([profileId('p0')]) });
  const states = opened.at(-1)!;
  await until(() => Promise.resolve(states.partition(1).get('p1') !== undefined));
  await until(() => Promise.resolve(states.partition(0).get('p0') === undefined), 30_000);
  assert.equal(states.partition(1).get('p1')?.state.plays, 61);
});
