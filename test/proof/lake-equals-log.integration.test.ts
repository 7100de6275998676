/**
 * Extract and sink are killed again and again while events come in; afterwards each table holds exactly what a reader of
 * its clean topic takes: the same event ids at the same raw offsets. A new consumer group then reads a topic from its
 * start and moves nobody's position.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { freshRows, NOTHING_TAKEN } from '../../domain/fresh-rows.ts';
import { CLEAN_TOPICS, topicName, type CleanTopic, type TopicKind } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { openKafka, openLake, topicPlanOf, type OpenLake } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { silentLog } from '../../infra/log.ts';
import { readTopic } from '../support/kafka-log.ts';
import { committedOf, hasRead, isSunk } from '../support/live-lane.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../support/pipeline.ts';
import { profileEvents } from '../support/profile-events.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 2;
const EVENTS = 12_000;
const ROUNDS = 4;
const SUNK: readonly TopicKind[] = ['raw-events', ...CLEAN_TOPICS];
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '700',
  EXTRACT_START_GRACE_MS: '0',
  EXTRACT_MAX_BATCH_RECORDS: '100',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
const running = new Map<ProcessName, MarqueeProcess>();
let kafka: KafkaClient;
let open: OpenLake;

const launch = async (name: ProcessName): Promise<void> => {
  const logDir = join(config.dataDir, 'logs', name);
  running.set(name, await startProcess(name, { env: testEnvironment(SETTINGS), logDir }));
};

async function kill(name: ProcessName): Promise<void> {
  const old = running.get(name)!;
  old.signal('SIGKILL');
  await old.stop();
  await launch(name);
}

before(async () => {
  mkdirSync(config.dataDir, { recursive: true });
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  await Promise.all([launch('extract'), launch('sink')]);
});
after(async () => {
  await Promise.all([...running.values()].map((one) => one.stop()));
  await open.close();
  await kafka.close();
});

/** `partition/raw offset/event id` of what a reader takes of a clean topic. */
async function inLog(topic: CleanTopic): Promise<string[]> {
  const found: string[] = [];
  for (const [partition, records] of await readTopic(kafka, topicName(region, generation, topic))) {
    const clean = records.map(({ value }) => codec.decodeClean(topic, value!));
    const offsets = records.map(({ offset }) => offset);
    const rawOffsets = clean.map(({ rawOffset }) => rawOffset);
    for (const i of freshRows(offsets, rawOffsets, NOTHING_TAKEN)) {
      found.push(`${partition}/${rawOffsets[i]}/${clean[i]!.event.eventId}`);
    }
  }
  return found.sort();
}

async function inTable(topic: CleanTopic): Promise<string[]> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(
      `SELECT concat_ws('/', "partition", raw_offset, event_id) AS found FROM ${open.lake.reference(topic)}`,
    ),
  );
  return [...(columns['found']!.values as string[])].sort();
}

test(
  'after kills of extract and sink each table holds exactly what its clean topic does',
  { timeout: 400_000 },
  async () => {
    const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
    const events = profileEvents({ seed: 11, count: EVENTS, now: Date.now() });
    const messages = events.map((event) => ({
      key: event.profileId,
      partition: partitionOfKey(event.profileId, PARTITIONS),
      value: Buffer.from(JSON.stringify(event)),
    }));
    const share = EVENTS / ROUNDS;
    for (let round = 0; round < ROUNDS; round++) {
      const part = messages.slice(round * share, (round + 1) * share);
      await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages: part }]);
      await sleep(150 * (round + 1));
      await Promise.all([kill('extract'), kill('sink')]);
    }
    await producer.close();
    await until(
      async () =>
        (await hasRead(config, kafka, 'extract', ['raw-events'])) &&
        (await isSunk(config, kafka, open.lake, SUNK)),
      240_000,
      1000,
    );
    let total = 0;
    for (const topic of CLEAN_TOPICS) {
      const [log, table] = [await inLog(topic), await inTable(topic)];
      assert.deepEqual(table, log, topic);
      total += new Set(table).size;
    }
    assert.equal(total, EVENTS);
  },
);

/** What is answered once two answers, three seconds apart, are the same. */
async function settled<T>(ask: () => Promise<T>): Promise<T> {
  let last = await ask();
  await until(async () => {
    await sleep(3000);
    const before = last;
    last = await ask();
    return isDeepStrictEqual(before, last);
  }, 60_000);
  return last;
}

test(
  'a new consumer group reads a topic from its start and moves no other group',
  { timeout: 120_000 },
  async () => {
    const topic = topicName(region, generation, 'impressions');
    const groups = [`${region}.extract.${generation}`, `${region}.sink.${generation}`];
    const committed = () => Promise.all(groups.map((group) => committedOf(kafka, group)));
    // What a group has committed follows what it has read.
    const isAtEnds = async (): Promise<boolean> => {
      const [, sunk] = await committed();
      return [...ends].every(([partition, end]) => sunk!.get(`${topic}/${partition}`) === end);
    };
    const ends = new Map((await logBounds(kafka, topic)).map(({ partition, end }) => [partition, end]));
    await until(isAtEnds, 60_000);
    const standing = await settled(committed);
    const groupId = `${region}.newcomer`;
    const read = new Map<number, number>();
    const newcomer = runConsumer(kafka, {
      groupId,
      topics: [topic],
      onAssigned: () => Promise.resolve(undefined),
      onRevoked: () => undefined,
      onBatch({ partition, records }) {
        read.set(partition, (read.get(partition) ?? 0) + records.length);
        newcomer.commit(topic, partition, records.at(-1)!.offset + 1);
        return Promise.resolve();
      },
    });
    await until(() => [...ends].every(([partition, end]) => (read.get(partition) ?? 0) === end), 60_000);
    await until(async () => {
      const own = await committedOf(kafka, groupId);
      return [...ends].every(([partition, end]) => own.get(`${topic}/${partition}`) === end);
    }, 30_000);
    await newcomer.stop();
    assert.deepEqual(await committed(), standing);
  },
);
