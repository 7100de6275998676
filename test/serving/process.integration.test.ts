import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { speedViewPartition, topicName, type CountedTopic } from '../../domain/topics.ts';
import { BUCKET_MS } from '../../domain/time.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import type { Config } from '../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { createViewRepository, type ViewRepository } from '../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { silentLog } from '../../infra/log.ts';
import type { S3ObjectStore } from '../../infra/object-store/s3.ts';
import { countsAnswer, rowAnswer, type CountsAnswer, type RowAnswer } from '../../serving/api/schemas.ts';
import { startServing } from '../../serving/process.ts';
import { publishPopularity } from '../support/popularity.ts';
import { entry } from '../support/serving.ts';
import { repeated, speedRecordsOf } from '../support/speed-records.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 2;
const BLOCK_SIZE = 16;
const SHAPE = { MARQUEE_PARTITIONS: String(PARTITIONS), MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE) };
const BUCKET = Math.floor(Date.now() / BUCKET_MS);
/** Ports where nobody listens. */
const NO_SERVERS = {
  KAFKA_BROKERS: '127.0.0.1:1',
  S3_ENDPOINT: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  ICEBERG_CATALOG_URI: 'http://127.0.0.1:1',
};

let config: Config;
let kafka: KafkaClient;
let store: S3ObjectStore;
let producer: LogProducer;
let repository: ViewRepository;

before(async () => {
  config = testConfig(SHAPE);
  kafka = openKafka(config, silentLog());
  store = openObjectStore(config);
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  repository = createViewRepository({ store, region: config.region });
  await writeFile(
    join(config.dataDir, 'catalogue.ndjson'),
    ['a', 'b'].map((id) => JSON.stringify(entry(id))).join('\n'),
  );
});

after(async () => {
  await producer.close();
  await kafka.close();
  store.close();
});

interface Running {
  counts(title: string): Promise<CountsAnswer>;
  row(path: string): Promise<RowAnswer>;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

async function start(settings: Config): Promise<Running> {
  const closers: (() => Promise<void> | void)[] = [];
  const url = await startServing({
    config: settings,
    log: silentLog(),
    onClose: (close) => void closers.push(close),
    fail: (error) => {
      throw error;
    },
  });
  const ask = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  return {
    counts: async (title) => countsAnswer.parse(await ask(`/v1/titles/${title}/counts`)),
    row: async (path) => rowAnswer.parse(await ask(`/v1/rows/${path}`)),
    ready: async () => (await fetch(`${url}/readyz`)).status === 200,
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

async function publishSpeed(topic: CountedTopic, partition: number, records: readonly SpeedRecord[]) {
  const name = topicName(config.region, config.generation, 'speed-view');
  const messages = records.map(({ key, value }) => ({
    key,
    value: value && Buffer.from(encodeSpeedMessage(value)),
    partition: speedViewPartition(topic, partition, PARTITIONS),
  }));
  await producer.send([{ topic: name, messages }]);
}

async function publishView(cut: number, plays: number): Promise<void> {
  const version = await publishPopularity(repository, {
    region: config.region,
    blockSize: BLOCK_SIZE,
    cut: { plays: [cut, 0], impressions: [0, 0] },
    asOf: new Date().toISOString(),
    rows: [{ title: 'a', country: 'DE', bucket: BUCKET, plays, impressions: 40 }],
  });
  const topic = topicName(config.region, config.generation, 'announcements');
  await producer.send([
    { topic, messages: [{ key: 'popularity', value: Buffer.from(JSON.stringify({ version })) }] },
  ]);
}

/** A play that came from the row `search`; resolves with its append time. */
async function publishAttributedPlay(): Promise<Date> {
  const appendTime = Date.now();
  const value = createCleanCodec().encodeDerived('attributed-plays', {
    ...{
      upsertKey: '1/p/a',
      version: 1,
      appendTime,
      profileId: 'p',
      playId: 'a',
      titleId: 'a',
      country: 'DE',
    },
    ...{ eventTime: appendTime, timeStatus: 'ok', source: 'stated', row: 'search', isFinal: 0 },
  });
  const topic = topicName(config.region, config.generation, 'attributed-plays');
  await producer.send([{ topic, messages: [{ key: 'p', value, partition: 1 }] }]);
  return new Date(appendTime);
}

const LANE = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE } as const;
const EVENTS = repeated(3 * BLOCK_SIZE + 5, { title: 'a', country: 'DE', bucket: BUCKET });

test('announced views and speed cells come over the real servers and are merged exactly, version after version', async () => {
  await publishView(BLOCK_SIZE, BLOCK_SIZE);
  const records = speedRecordsOf(LANE, EVENTS);
  await publishSpeed('plays', 0, records.slice(0, -1));
  const attributedAt = await publishAttributedPlay();
  const serving = await start(testConfig({ ...SHAPE, SERVING_POLL_INTERVAL_MS: '60000' }));
  try {
    await until(serving.ready, 20_000);
    const early = await serving.counts('a');
    assert.deepEqual([early.source, early.plays.batch], ['merged', BLOCK_SIZE]);
    assert.deepEqual(early.plays.speed, 2 * BLOCK_SIZE, 'the last block has no marker yet');
    await publishSpeed('plays', 0, records.slice(-1));
    await until(async () => (await serving.counts('a')).plays.total === EVENTS.length, 10_000);
    // The next version is found by its announcement alone: the poll is a minute away.
    await publishView(3 * BLOCK_SIZE, 3 * BLOCK_SIZE);
    await until(async () => (await serving.counts('a')).viewVersion === 2, 10_000);
    const late = await serving.counts('a');
    assert.deepEqual(late.plays, { batch: 3 * BLOCK_SIZE, speed: 5, total: EVENTS.length });
    assert.equal(late.complete, true);
    const row = await serving.row('trending?window=1h&country=DE');
    assert.deepEqual([row.source, row.items[0]?.plays], ['merged', EVENTS.length]);
    const cameFrom = async () =>
      (await serving.counts('a')).byRow?.find(({ row: name }) => name === 'search');
    await until(async () => (await cameFrom())?.plays === 1, 10_000);
    assert.equal((await serving.counts('a')).rowPlaysSince, attributedAt.toISOString());
    await assertReported(2);
  } finally {
    await serving.close();
  }
});

/** The newest report on `subscriber-status` names the version. */
async function assertReported(version: number): Promise<void> {
  const topic = topicName(config.region, config.generation, 'subscriber-status');
  await until(async () => {
    let last: { version?: number } = {};
    const reader = await readAll(kafka, {
      topic,
      live: false,
      onRecords({ records }) {
        last = JSON.parse(String(records.at(-1)?.value)) as { version?: number };
      },
    });
    await reader.closed;
    return last.version === version;
  }, 15_000);
}

test('records that the speed layer leaves alone are told as behind, and answers stop being called complete', async () => {
  const topic = topicName(config.region, config.generation, 'plays');
  const messages = Array.from({ length: EVENTS.length + 3 }, () => ({
    key: 'p',
    value: Buffer.from('left alone'),
    partition: 0,
  }));
  const serving = await start(testConfig({ ...SHAPE, SERVING_SPEED_SILENT_MS: '3000' }));
  try {
    await until(async () => (await serving.counts('a')).complete, 20_000);
    await producer.send([{ topic, messages }]);
    await until(async () => (await serving.counts('a')).behind.plays?.records === 3, 10_000);
    await until(async () => !(await serving.counts('a')).complete, 10_000);
    const row = await serving.row('popular');
    assert.deepEqual([row.source, row.incompleteReason], ['merged', 'speed lane is silent (plays/0)']);
    assert.deepEqual([row.items[0]?.takeRate, row.takeRateReason], [null, row.incompleteReason]);
  } finally {
    await serving.close();
  }
});

test('with every server gone it starts within seconds from the last good copy on disk', async () => {
  const begun = Date.now();
  const serving = await start(testConfig({ ...SHAPE, ...NO_SERVERS, SERVING_START_GRACE_MS: '1000' }));
  try {
    for (const path of ['trending', 'popular', 'trending?window=5m&country=DE']) {
      const row = await serving.row(path);
      assert.equal(row.source, 'fallback');
      assert.match(row.fallbackReason ?? '', /last good copy on disk/);
      assert.deepEqual(row.items[0]?.titleId, 'a');
    }
    assert.ok(Date.now() - begun < 10_000, 'it answers within seconds');
    await until(serving.ready, 5_000);
  } finally {
    await serving.close();
  }
});

test('what was answered is kept on a topic, as readers find it in the registry', async () => {
  const settings = testConfig({ ...SHAPE, SERVING_SERVED_ROWS_INTERVAL_MS: '20' });
  const serving = await start(settings);
  const answers: RowAnswer[] = [];
  const codec = createCleanCodec(createStoredRegistry(store, config.region));
  const found: DerivedRecord<'served-rows'>[] = [];
  const reader = await readAll(kafka, {
    topic: topicName(config.region, config.generation, 'served-rows'),
    live: true,
    async onRecords({ records }) {
      const values = records.flatMap(({ value }) => (value === null ? [] : [value]));
      await codec.learn('served-rows', values);
      found.push(...values.map((value) => codec.decodeDerived('served-rows', value)));
    },
  });
  try {
    for (const path of ['popular?country=DE', 'trending']) answers.push(await serving.row(path));
    const ids = answers.map(({ recommendationId }) => recommendationId);
    const ours = () => found.filter(({ recommendationId }) => ids.includes(recommendationId));
    await until(() => ours().length === 2);
    const [popular] = ours().filter(({ row }) => row === 'popular');
    assert.equal(popular?.country, 'DE');
    assert.deepEqual(
      popular.titles.split('\n'),
      answers[0]!.items.map(({ titleId }) => titleId),
    );
  } finally {
    await reader.stop();
    await serving.close();
  }
});
