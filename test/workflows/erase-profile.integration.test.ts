/** A profile is erased over real servers: logs, lake, snapshots, state, checkpoints, views and letters; and a replay after it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { auditObjects } from '../../batch/erasure/audit-objects.ts';
import { auditTopics } from '../../batch/erasure/audit-topics.ts';
import { PROFILE_ROWS_VIEW } from '../../batch/models/precompute.ts';
import type { ErasureReport } from '../../domain/erasure/report.ts';
import { isSurrogate } from '../../domain/erasure/tombstone.ts';
import { profileId } from '../../domain/ids.ts';
import { topicName, type TopicKind } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { openKafka, openLake, openObjectStore, topicPlanOf, type OpenLake } from '../../infra/connections.ts';
import { followErasures } from '../../infra/erasure/follow.ts';
import { createErasureSecret } from '../../infra/erasure/secret.ts';
import { createErasureStore } from '../../infra/erasure/store.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { runCommandLine } from '../../infra/cli/program.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createErasures } from '../../infra/temporal/erasures.ts';
import { startBehaviour } from '../../streaming/behaviour/process.ts';
import { behaviourFolds } from '../../streaming/behaviour/folds.ts';
import { startExtract } from '../../streaming/extract/process.ts';
import { replay } from '../../streaming/replay/replay.ts';
import { startSink } from '../../streaming/sink/process.ts';
import { readTopic } from '../support/kafka-log.ts';
import { publishTables } from '../support/model-views.ts';
import { publishPopularity } from '../support/popularity.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../support/live-lane.ts';
import { profileEvents } from '../support/profile-events.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 2;
const EVENTS = 400;
const PROFILE = 'profile-1';
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '16',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '2000',
  EXTRACT_START_GRACE_MS: '0',
  BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '1000',
  ERASURE_KEY: 'a key of a test, of no use elsewhere',
  ERASURE_SNAPSHOT_GRACE_MS: '0',
  ERASURE_POLL_MS: '200',
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const log = silentLog();
const store = openObjectStore(config);
const secret = createErasureSecret(config.erasure.key!);
const erasureStore = createErasureStore(store, region, secret);
const temporal = createTemporal(config.temporal);
const erasures = createErasures({ temporal, region, settings: config.erasure, store: erasureStore, secret });
let kafka: KafkaClient;
let open: OpenLake;
let lane: LiveLane;

before(async () => {
  await store.ensureBucket();
  kafka = openKafka(config, log);
  await ensureTopics(kafka, topicPlanOf(config));
  open = await openLake(config, log);
  await open.lake.ensureTables();
  lane = await startLane(config, [startSink, startExtract, startBehaviour, startWorkerProcess]);
});
after(async () => {
  await lane.stop();
  await temporal.close();
  await open.close();
  await kafka.close();
  store.close();
});

async function send(events: readonly object[], broken: readonly string[] = []): Promise<void> {
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const messages = [...events.map((event) => JSON.stringify(event)), ...broken].map((value) => {
    const key = /"profileId":"([^"]+)"/.exec(value)?.[1] ?? 'nobody';
    return { key, partition: partitionOfKey(key, PARTITIONS), value: Buffer.from(value) };
  });
  await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
  await producer.close();
  await until(settled, 300_000, 500);
}

const SUNK: readonly TopicKind[] = [
  ...(['raw-events', 'plays', 'impressions', 'interactions', 'searches'] as const),
  ...(['attributed-plays', 'user-behavior-features'] as const),
];

async function settled(): Promise<boolean> {
  lane.check();
  if (!(await hasRead(config, kafka, 'extract', ['raw-events']))) return false;
  for (const { name, topics } of behaviourFolds(config))
    if (!(await hasRead(config, kafka, name, topics))) return false;
  return isSunk(config, kafka, open.lake, SUNK);
}

/** The log is kept for the speed layer until the popularity view has counted it: here, a version says that it has. */
async function passCut(): Promise<void> {
  const cut = { plays: [4096, 4096], impressions: [4096, 4096] };
  const views = createViewRepository({ store, region });
  await publishPopularity(views, { region, blockSize: 16, cut, asOf: new Date().toISOString(), rows: [] });
}

const PROFILES = Array.from({ length: 40 }, (_, n) => `profile-${n}`).sort();

/** Rows made ahead for everybody. */
const publishRows = (): Promise<unknown> =>
  publishTables(
    createViewRepository({ store, region }),
    open.duckdb,
    PROFILE_ROWS_VIEW,
    [
      {
        ...{ name: 'rows-00000', rows: PROFILES.length },
        columns: {
          profile_id: { type: 'VARCHAR', values: PROFILES },
          row: { type: 'VARCHAR', values: PROFILES.map(() => 'top-picks') },
          rank: { type: 'INTEGER', values: new Int32Array(PROFILES.length).fill(1) },
          title_id: { type: 'VARCHAR', values: PROFILES.map(() => 't1') },
          score: { type: 'FLOAT', values: new Float32Array(PROFILES.length) },
        },
      },
    ],
    { region },
  );

async function ask(sql: string): Promise<readonly (readonly unknown[])[]> {
  const { rowCount, columns } = await open.lake.read((connection) => connection.query(sql));
  return Array.from({ length: rowCount }, (_, row) =>
    Object.values(columns).map(({ values }) => values[row]),
  );
}

const HELD = ['plays', 'impressions', 'interactions', 'searches', 'attributed_plays'] as const;
type Held = (typeof HELD)[number];

/** SQL of the rows that tables have now, by table. */
async function heldNow(): Promise<Record<Held, string>> {
  const found: [Held, string][] = [];
  for (const table of HELD) {
    const at = await open.lake.positions(table);
    const arms = at.map(({ partition, offset }) => `("partition" = ${partition} AND "offset" <= ${offset})`);
    found.push([table, arms.join(' OR ')]);
  }
  return Object.fromEntries(found) as Record<Held, string>;
}

/** What the rows of others are, and how many rows there are in all. */
async function digests(held: Record<Held, string>, mine: string): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const table of HELD) {
    found[table] = await ask(
      `SELECT CAST(sum(CAST(hash(one) AS HUGEINT)) FILTER (WHERE one.profile_id NOT IN (${mine})) AS VARCHAR), count(*)::INTEGER
        FROM (SELECT * FROM ${open.lake.reference(table)} WHERE ${held[table]}) AS one`,
    );
  }
  return found;
}

/** Where whatever reads for the audit must find the profile before it is erased: who finds nothing may not have read. */
const PLACES = [
  ...['lake/raw_events', 'lake/plays', 'lake/impressions', 'lake/attributed_plays'],
  ...['object/checkpoints/keyed/', 'object/views/profile-rows/', 'topic/dead-letters'],
  ...['topic/raw-events', 'topic/plays', 'topic/impressions', 'topic/attributed-plays'],
] as const;

async function assertFound(): Promise<void> {
  const all = Array.from({ length: PARTITIONS }, () => Number.MAX_SAFE_INTEGER);
  const [positions, surrogate] = [{ [generation]: all }, profileId('erased-nobody')];
  const tombstone = { id: '', profileHash: '', surrogate, requestedAt: Date.now(), positions };
  const erasing = { profileId: profileId(PROFILE), tombstone, derivedEnds: {} };
  const codec = createCleanCodec();
  const missing = async (): Promise<string[]> => {
    const objects = { store, bucket: config.s3.bucket, region, lake: open.lake };
    const topics = { kafka, codec, region, generation, before: [] };
    const found = [
      ...(await marquee<ErasureReport>('erase', PROFILE, '--dry-run')).audit.findings,
      ...(await auditObjects(objects, erasing.profileId, false)).findings,
      ...(await auditTopics(topics, erasing, { 'attributed-plays': all })).findings,
    ].map(({ place }) => place);
    return PLACES.filter((place) => !found.some((one) => one.startsWith(place)));
  };
  // Checkpoints are stored now and then.
  await until(async () => (await missing()).length === 0, 60_000, 2000).catch(async () =>
    assert.deepEqual(await missing(), []),
  );
}

/** What is counted by title, with the registers that distinct profiles are estimated from. */
const counts = (): Promise<unknown> =>
  ask(`SELECT title_id, kind, count(*)::INTEGER AS events, count(DISTINCT profile_id)::INTEGER AS profiles,
      CAST(list_sort(list(DISTINCT profile_hash >> 42)) AS VARCHAR) AS registers
    FROM ${open.lake.reference('plays')} WHERE starts_with(event_id, 'e9-') GROUP BY ALL ORDER BY ALL`);

test('a profile is gone everywhere, in a replay too; counts and the rows of others stay what they were', async () => {
  const events = profileEvents({ seed: 9, count: EVENTS, now: Date.now() });
  const sessions = events.map((event) => ({ ...event, sessionId: `session-${event.profileId}` }));
  await send(sessions, [JSON.stringify({ ...events[0], profileId: PROFILE, eventTime: -1 })]);
  await passCut();
  await publishRows();
  const held = await heldNow();
  const before = { counts: await counts(), others: await digests(held, `'${PROFILE}'`) };
  await assertFound();

  const { id } = await erasures.start({ profileId: PROFILE, dryRun: false });
  assert.equal((await erasures.start({ profileId: PROFILE, dryRun: false })).id, id);
  const report = await erasures.result(id);
  assert.deepEqual(report.audit.findings, []);
  assert.equal(report.outcome, 'done');
  assert.equal(report.versionsReplaced, 1);
  const views = createViewRepository({ store, region });
  const { version } = (await views.readPointer(PROFILE_ROWS_VIEW))!;
  const { parts } = await views.readManifest(PROFILE_ROWS_VIEW, version);
  assert.deepEqual([version, parts[0]!.rows], [2, PROFILES.length - 1]);
  const tombstone = (await erasureStore.tombstone(id))!;
  assert.ok(isSurrogate(tombstone.surrogate));
  const mine = `'${PROFILE}', '${tombstone.surrogate}'`;
  assert.deepEqual({ counts: await counts(), others: await digests(held, mine) }, before);
  assert.equal(await erasureStore.profileOf(id), undefined);

  const out = await mkdtemp(join(tmpdir(), 'erased-'));
  const { book } = await followErasures({ config, store, log });
  const codec = createCleanCodec();
  const replayed = await replay(
    { lake: open.lake, kafka, codec, config, erasures: book },
    { stage: 'extract', span: {}, out, compare: false },
  );
  assert.equal(replayed.outputs, EVENTS);
  const texts = filesUnder(out).map((file) => readFileSync(file, 'latin1'));
  assert.ok(texts.some((text) => text.includes(tombstone.surrogate)));
  assert.deepEqual(
    texts.filter((text) => new RegExp(`${PROFILE}(?![0-9])`).test(text)),
    [],
  );
});

const filesUnder = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** What a command of the command line answers. */
async function marquee<T>(...args: readonly string[]): Promise<T> {
  let told = '';
  const stdout = { write: (text: string) => (told += text) };
  const stderr = { write: () => undefined };
  const code = await runCommandLine([...args, '--json'], { stdout, stderr, env: testEnvironment(SETTINGS) });
  assert.equal(code, 0);
  return JSON.parse(told) as T;
}

test('a returning member is kept, and erased again only when that is asked for', async () => {
  const again = profileEvents({ seed: 10, count: 40, now: Date.now(), profiles: 2 });
  await send(again);
  const own = again.filter(({ profileId, kind }) => profileId === PROFILE && kind === 'impression');
  const ofTable = () =>
    ask(
      `SELECT count(*)::INTEGER FROM ${open.lake.reference('impressions')} WHERE profile_id = '${PROFILE}'`,
    );
  assert.deepEqual(await ofTable(), [[own.length]]);
  const survey = await marquee<ErasureReport>('erase', PROFILE, '--dry-run');
  assert.equal(survey.outcome, 'dry-run');
  assert.ok(
    survey.audit.findings.some(({ place, found }) => place === 'lake/impressions' && found === own.length),
  );
  assert.deepEqual(await ofTable(), [[own.length]]);
  const { erasures: all } = await marquee<{ erasures: { id: string; isDone: boolean }[] }>('erasure', 'list');
  assert.deepEqual(
    all.map(({ isDone }) => isDone),
    [true],
  );
  assert.equal((await marquee<{ state: string }>('erasure', 'show', all[0]!.id)).state, 'done');
  const raw = await readTopic(kafka, topicName(region, generation, 'raw-events'));
  assert.equal(
    [...raw.values()].flat().length,
    again.length,
    'what the erasure reached is gone from the log',
  );
});
