/**
 * One percent of garbage among good events at full rate, on the raw log and on the clean topics, through every stage on
 * real servers: nothing crashes, good counts are exact, and each piece of garbage is one dead letter.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { REDRIVEN_FROM } from '../../domain/redrive.ts';
import { CLEAN_TOPICS, topicName, type CleanTopic, type TopicKind } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { openKafka, openLake, topicPlanOf, type OpenLake } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { silentLog } from '../../infra/log.ts';
import { startBehaviour } from '../../streaming/behaviour/process.ts';
import { behaviourFolds } from '../../streaming/behaviour/folds.ts';
import { startExtract } from '../../streaming/extract/process.ts';
import { startSink } from '../../streaming/sink/process.ts';
import { startSpeed } from '../../streaming/speed/process.ts';
import { cleanGarbage, oversized, rawGarbage, sample, type Garbage } from '../support/fuzz.ts';
import { readTopic } from '../support/kafka-log.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../support/live-lane.ts';
import { profileEvents } from '../support/profile-events.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 2;
const GOOD = 20_000;
const GARBAGE_EVERY = 100;
const HUGE_BYTES = 10 << 20;
const HUGE = 3;
const CLEAN_GARBAGE = 25;
const SEED = 2026;
const config = testConfig({
  MARQUEE_PARTITIONS: String(PARTITIONS),
  INGEST_MAX_EVENT_BYTES: String(256 << 10),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '384',
  SINK_FLUSH_INTERVAL_MS: '1000',
  EXTRACT_START_GRACE_MS: '0',
});
const { region, generation } = config;
const SUNK: readonly TopicKind[] = ['raw-events', ...CLEAN_TOPICS];
const codec = createCleanCodec();
let kafka: KafkaClient;
let producer: LogProducer;
let open: OpenLake;
let lane: LiveLane;

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, { ...topicPlanOf(config), maxMessageBytes: HUGE_BYTES + (2 << 20) });
  producer = await createProducer(kafka, { maxRecordBytes: HUGE_BYTES + (1 << 20) });
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  lane = await startLane(config, [startSink, startExtract, startSpeed, startBehaviour]);
});
after(async () => {
  await lane.stop();
  await producer.close();
  await open.close();
  await kafka.close();
});

interface Message {
  readonly key: string;
  readonly partition: number;
  readonly value: Buffer | null;
  readonly fault?: string;
}

/** Sends messages of a partition together, in order; answers the coordinates of the garbage among them. */
async function send(kind: TopicKind, messages: readonly Message[]): Promise<string[]> {
  const place = CLEAN_TOPICS.includes(kind as CleanTopic) ? `${kind}/` : '';
  const bad: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = messages.filter((message) => message.partition === partition);
    if (own.length === 0) continue;
    const appended = await producer.send([{ topic: topicName(region, generation, kind), messages: own }]);
    const offsets = appended.flatMap(({ baseOffset, count }) =>
      Array.from({ length: count }, (_, i) => baseOffset + i),
    );
    own.forEach(({ fault }, i) => {
      if (fault !== undefined) bad.push(`${region}/${generation}/${place}${partition}/${offsets[i]}`);
    });
  }
  return bad;
}

const messageOf = ({ fault, value }: Garbage, i: number): Message => ({
  ...{ key: 'nobody', partition: i % PARTITIONS },
  ...{ fault, value },
});

async function settled(): Promise<boolean> {
  lane.check();
  if (!(await hasRead(config, kafka, 'extract', ['raw-events']))) return false;
  if (!(await hasRead(config, kafka, 'speed', ['plays', 'impressions']))) return false;
  for (const { name, topics } of behaviourFolds(config)) {
    if (!(await hasRead(config, kafka, name, topics))) return false;
  }
  return isSunk(config, kafka, open.lake, SUNK);
}

async function idsInLake(topic: CleanTopic): Promise<string[]> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(`SELECT event_id FROM ${open.lake.reference(topic)} ORDER BY event_id`),
  );
  return [...(columns['event_id']!.values as string[])];
}

async function letters(): Promise<string[]> {
  const records = await readTopic(kafka, topicName(region, generation, 'dead-letters'));
  return [...records.values()].flat().map(({ key }) => String(key));
}

test(
  'garbage is in dead-letters once each, and everything good is in the lake',
  { timeout: 300_000 },
  async () => {
    const good = profileEvents({ seed: SEED, count: GOOD, now: Date.now(), profiles: 400, titles: 100 });
    const garbage = sample(rawGarbage, GOOD / GARBAGE_EVERY - HUGE, SEED);
    const huge = Array.from({ length: HUGE }, () => oversized(HUGE_BYTES));
    const pieces = [...garbage, ...huge].map(messageOf);
    const raw = good.flatMap((event, i): Message[] => {
      const key = event.profileId;
      const message = {
        key,
        partition: partitionOfKey(key, PARTITIONS),
        value: Buffer.from(JSON.stringify(event)),
      };
      return i % GARBAGE_EVERY === 0 ? [pieces[i / GARBAGE_EVERY]!, message] : [message];
    });
    const bad: string[] = [];
    const half = raw.length / 2;
    bad.push(...(await send('raw-events', raw.slice(0, half))));
    for (const topic of CLEAN_TOPICS) {
      const junk = sample(cleanGarbage(codec, topic), CLEAN_GARBAGE, SEED).map(messageOf);
      bad.push(...(await send(topic, junk)));
    }
    bad.push(...(await send('raw-events', raw.slice(half))));
    assert.equal(bad.length, GOOD / GARBAGE_EVERY + CLEAN_TOPICS.length * CLEAN_GARBAGE);
    await until(settled, 200_000, 500);

    assert.deepEqual((await letters()).sort(), bad.sort());
    const found = (await Promise.all(CLEAN_TOPICS.map(idsInLake))).flat();
    assert.deepEqual(found.sort(), good.map(({ eventId }) => eventId as string).sort());
    lane.check();
  },
);

test(
  'a redriven event keeps the coordinates of its letter as identity, in topic and lake',
  { timeout: 120_000 },
  async () => {
    const key = (await letters()).find((name) => name.split('/').length === 4)!;
    const [partition, offset] = key.split('/').slice(2).map(Number) as [number, number];
    const [event] = profileEvents({ seed: 77, count: 1, now: Date.now() });
    const value = Buffer.from(JSON.stringify({ ...event, kind: 'search', query: 'put right' }));
    const message = { key: 'p', partition, value, headers: { [REDRIVEN_FROM]: key } };
    await producer.send([
      { topic: topicName(region, generation, 'raw-events'), messages: [message, message] },
    ]);
    await until(settled, 60_000, 500);
    const { rowCount } = await open.lake.read((connection) =>
      connection.query(
        `SELECT 1 FROM ${open.lake.reference('searches')} WHERE "partition" = $partition AND redriven_from = $offset`,
        { partition, offset },
      ),
    );
    assert.equal(rowCount, 1);
    const records = await readTopic(kafka, topicName(region, generation, 'dead-letters'));
    const last = [...records.values()].flat().findLast((record) => String(record.key) === key);
    assert.equal(last?.value, null, 'the letter is settled');
  },
);
