/** Dead letters from the command line, on a real Kafka with a real extract stage and the lake behind it. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { letterHeaders } from '../../../domain/dead-letter.ts';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { openKafka, openLake, topicPlanOf, type OpenLake } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import type { LogConsumer } from '../../../infra/kafka/consumer-port.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { createLmdbExtractState } from '../../../infra/state/lmdb-extract-state.ts';
import { runExtractStage } from '../../../streaming/extract/stage.ts';
import { runSinkStage } from '../../../streaming/sink/stage.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const SETTINGS = { MARQUEE_PARTITIONS: '2', DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' };
const MAX_LETTER_BYTES = 600;
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
/** A profile of each partition. */
const PROFILES = [0, 1].map((partition) =>
  Array.from({ length: 100 }, (_, i) => `p${i}`).find((id) => partitionOfKey(id, 2) === partition),
);
const topicOf = (kind: 'raw-events' | 'impressions' | 'dead-letters') => topicName(region, generation, kind);
let kafka: KafkaClient;
let producer: LogProducer;
let lake: OpenLake;
let state: ReturnType<typeof createLmdbExtractState>;
let sink: LogConsumer;
let extract: LogConsumer;

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  lake = await openLake(config, silentLog());
  await lake.lake.ensureTables();
  state = createLmdbExtractState(mkdtempSync(join(tmpdir(), 'marquee-letters-')));
  const limits = { dedupeWindowMs: 60_000, maxEventBytes: MAX_LETTER_BYTES, maxBatchRecords: 100 };
  extract = runExtractStage({ kafka, producer, codec, state, region, generation, limits });
  sink = runSinkStage({
    ...{ kafka, codec, lake: lake.lake, region, generation, partitions: 2, log: silentLog() },
    limits: { flushRecords: 1000, flushBytes: 1 << 26, flushIntervalMs: 300 },
  });
});
after(async () => {
  await extract.stop();
  await sink.stop();
  await state.close();
  await producer.close();
  await lake.close();
  await kafka.close();
});

async function marquee(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: testEnvironment(SETTINGS),
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await marquee(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

interface Listed {
  readonly open: number;
  readonly letters: readonly { key: string; code: string; field?: string; bytes: number; preview: string }[];
}

const event = (partition: number, eventId: string, extra: object = {}) => ({
  ...{ eventId, kind: 'impression', eventTime: Date.now(), profileId: PROFILES[partition] },
  ...{ country: 'SE', titleId: 't' },
  ...{ row: 'r', rank: 0, ...extra },
});

async function send(partition: number, ...values: (object | string)[]): Promise<number> {
  const messages = values.map((value) => ({
    ...{ partition, key: 'p' },
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  }));
  const [appended] = await producer.send([{ topic: topicOf('raw-events'), messages }]);
  return appended!.baseOffset;
}

async function impressions(partition: number) {
  const records = (await readTopic(kafka, topicOf('impressions'))).get(partition) ?? [];
  return records.map(({ value }) => codec.decodeClean('impressions', value!));
}

const lettersOpen = (count: number) => () =>
  json<Listed>('dead-letters', 'list').then(({ open }) => open === count);

test('a refused event is listed, shown, put right, sent again and counted once, however often', async () => {
  const broken = await send(1, event(1, 'a', { rank: 'first' }));
  const key = `${region}/${generation}/1/${broken}`;
  await until(lettersOpen(1), 60_000);
  const { letters } = await json<Listed>(
    'dead-letters',
    'list',
    '--code',
    'EVENT_FIELD_INVALID',
    '--field',
    'rank',
  );
  assert.deepEqual(
    letters.map((letter) => [letter.key, letter.code, letter.field]),
    [[key, 'EVENT_FIELD_INVALID', 'rank']],
  );
  assert.equal((await json<Listed>('dead-letters', 'list', '--code', 'EVENT_NOT_JSON')).letters.length, 0);
  const shown = await marquee('dead-letters', 'show', key);
  assert.equal((JSON.parse(shown.stdout) as { rank: string }).rank, 'first');

  const elsewhere = await marquee(
    'dead-letters',
    'fix',
    key,
    '--set',
    `profileId=${PROFILES[0]}`,
    '--set',
    'rank=4',
  );
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stderr, /belongs to partition 0, the letter is of partition 1/);
  const refused = await marquee('dead-letters', 'fix', key, '--set', 'rank=-1');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Field rank is number -1/);
  const again = await marquee('dead-letters', 'redrive', key);
  assert.equal(again.code, 1);
  assert.match(again.stdout, /refused again/);

  assert.equal((await marquee('dead-letters', 'fix', key, '--set', 'rank=4', '--set', 'row=home')).code, 0);
  const done = await marquee('dead-letters', 'redrive', key);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /settled/);
  const twice = await marquee('dead-letters', 'redrive', key);
  assert.match(twice.stderr, /no open dead letter/);

  // Somebody who has no idea sends it by hand once more, as another event id at that.
  await producer.send([
    {
      topic: topicOf('raw-events'),
      messages: [
        ...[event(1, 'a', { rank: 4 }), event(1, 'b')].map((value) => ({
          ...{ partition: 1, key: 'p', headers: { 'redriven-from': key } },
          value: Buffer.from(JSON.stringify(value)),
        })),
        { partition: 1, key: 'p', value: Buffer.from(JSON.stringify(event(1, 'last'))) },
      ],
    },
  ]);
  await until(
    async () => (await impressions(1)).some(({ event: { eventId } }) => eventId === 'last'),
    60_000,
  );
  const found = (await impressions(1)).map((record) => [
    record.event.eventId,
    (record.event as { rank?: number }).rank,
    record.enriched?.redrivenFrom,
  ]);
  assert.deepEqual(found, [
    ['a', 4, broken],
    ['last', 0, undefined],
  ]);
  assert.equal((await json<Listed>('dead-letters', 'list')).open, 0);
});

test('a letter that is cut is shown, put right and sent again whole, from the lake', async () => {
  const long = event(0, 'long', { rank: -2, note: 'n'.repeat(2 * MAX_LETTER_BYTES) });
  const offset = await send(0, long);
  const key = `${region}/${generation}/0/${offset}`;
  await until(lettersOpen(1), 60_000);
  const { letters } = await json<Listed>('dead-letters', 'list');
  assert.equal(letters[0]?.bytes, JSON.stringify(long).length);
  await until(
    async () => (await lake.lake.positions('raw_events')).some(({ partition }) => partition === 0),
    60_000,
  );
  const { value, from } = await json<{ value: string; from: string }>('dead-letters', 'show', key);
  assert.deepEqual([JSON.parse(value), from], [long, 'lake']);
  assert.equal((await marquee('dead-letters', 'fix', key, '--set', 'rank=2', '--set', 'note=null')).code, 0);
  const { redriven } = await json<{ redriven: { key: string; outcome: string }[] }>(
    ...['dead-letters', 'redrive', '--code', 'EVENT_TOO_LARGE'],
  );
  assert.deepEqual(
    redriven.map((one) => [one.key, one.outcome]),
    [[key, 'settled']],
  );
});

test('a letter whose event is clean already is taken back, and the event counts once', async () => {
  const offset = await send(0, event(0, 'clean', { rank: 1 }));
  await until(async () => (await impressions(0)).some(({ rawOffset }) => rawOffset === offset), 60_000);
  // As an extractor writes it that was killed before it stored its position, and then misses the side input.
  const key = `${region}/${generation}/0/${offset}`;
  const headers = letterHeaders({
    ...{ code: 'EVENT_CONTRADICTS', message: '', appendTime: Date.now() - 60_000, bytes: 1 << 10 },
    ...{ sighted: true, fixed: true },
  });
  const value = Buffer.from(JSON.stringify(event(0, 'clean', { rank: 1 })));
  await producer.send([
    { topic: topicOf('dead-letters'), messages: [{ partition: 0, key, value, headers }] },
  ]);
  await until(
    async () => (await lake.lake.positions('impressions')).some(({ rawOffset }) => rawOffset === offset),
    60_000,
  );
  const { redriven } = await json<{ redriven: { key: string; outcome: string }[] }>(
    ...['dead-letters', 'redrive', key],
  );
  assert.deepEqual(redriven, [{ key, outcome: 'already-clean' }]);
  assert.equal((await json<Listed>('dead-letters', 'list')).open, 0);
  assert.equal((await logBounds(kafka, topicOf('raw-events')))[0]?.end, offset + 1);
});

test('what is no letter, or no coordinates, is refused in a sentence', async () => {
  for (const key of ['nonsense', `${region}/${generation}/0/999999`]) {
    const { code, stderr } = await marquee('dead-letters', 'show', key);
    assert.equal(code, 1);
    assert.match(stderr, /no open dead letter/);
  }
  assert.equal((await marquee('dead-letters', 'redrive')).code, 2);
});
