/** Refreshes and backfills over real servers: the lake in Iceberg, views in S3, announcements in Kafka, Temporal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { topicName } from '../../domain/topics.ts';
import { parsePointer, viewName, type ViewVersion } from '../../domain/views.ts';
import type { TableInput } from '../../domain/manifest.ts';
import { createRestCatalog } from '../../infra/lake/catalog/rest-catalog.ts';
import { createBackfills } from '../../infra/temporal/backfills.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { openKafka, openLake, openObjectStore, type OpenLake } from '../../infra/connections.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { silentLog } from '../../infra/log.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { playStarts } from '../support/activity-world.ts';
import { LOG_START, partitionRows } from '../support/clean-rows.ts';
import { readTopic, textOf } from '../support/kafka-log.ts';
import { appendTakes } from '../support/row-takes.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const POPULARITY = viewName('popularity');
const config = testConfig({
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '2',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  VIEWS_MAX_REMOVED_SHARE: '0.9',
});
const { region, generation, s3 } = config;
const log = silentLog();
const store = openObjectStore(config);
const views = createViewRepository({ store, region });
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region });
const backfills = createBackfills({ temporal, region, settings: config.temporal });
const closers: (() => Promise<void> | void)[] = [];
let lake: OpenLake;

before(async () => {
  await store.ensureBucket();
  lake = await openLake(config, log);
  await lake.lake.ensureTables();
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
});
after(async () => {
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  await lake.close();
  store.close();
});

const plays = (count: number, profileId: string, titleId: string) => playStarts(0, count, titleId, profileId);

/** Plays by title in an announced version's part, read by a DuckDB that knows nothing of Marquee. */
async function playsByTitle(version: ViewVersion): Promise<Record<string, number>> {
  const { extensionDir } = config.lake;
  const instance = await DuckDBInstance.create(
    ':memory:',
    extensionDir === undefined ? {} : { extension_directory: extensionDir },
  );
  const connection = await instance.connect();
  await connection.run(extensionDir === undefined ? 'INSTALL httpfs; LOAD httpfs' : 'LOAD httpfs');
  await connection.run(`CREATE SECRET (TYPE s3, KEY_ID ${quoteText(s3.accessKeyId)}, SECRET ${quoteText(s3.secretAccessKey)},
    ENDPOINT ${quoteText(new URL(s3.endpoint).host)}, URL_STYLE 'path', USE_SSL false)`);
  const key = `${region}/views/popularity/versions/${String(version).padStart(8, '0')}/parts/totals.parquet`;
  const result = await connection.runAndReadAll(
    `SELECT title_id, plays FROM read_parquet('s3://${s3.bucket}/${key}') ORDER BY title_id`,
  );
  connection.closeSync();
  instance.closeSync();
  return Object.fromEntries(result.getRows().map(([title, count]) => [String(title), Number(count)]));
}

test('rows in the lake become an announced version that plain DuckDB reads', async () => {
  await lake.lake.appendExactlyOnce('plays', [
    partitionRows('plays', 0, [...plays(20, 'p1', 'film'), ...plays(44, 'bot', 'spam')]),
    partitionRows('plays', 1, plays(40, 'p2', 'series')),
  ]);
  const outcome = await refreshes.refresh(POPULARITY);
  assert.equal(outcome.outcome, 'announced');
  assert.deepEqual([outcome.version, outcome.notified], [1, true]);
  assert.deepEqual((await views.readManifest(POPULARITY, outcome.version)).cut['plays'], [64, 32]);
  assert.deepEqual(await playsByTitle(outcome.version), { film: 20, series: 32, spam: 44 });
  const catalog = createRestCatalog({ ...config.lake, s3 });
  const { refs } = (await catalog.loadTable(config.lake.namespace, 'plays'))!.metadata;
  const { inputs } = await views.readManifest(POPULARITY, outcome.version);
  const input = inputs.find((one) => 'table' in one && one.table === 'plays') as TableInput;
  assert.equal(refs['popularity.v1']?.['snapshot-id'], input.snapshotId);
  const kafka = openKafka(config, log);
  const records = await readTopic(kafka, topicName(region, generation, 'announcements'));
  await kafka.close();
  const announced = [...records.values()].flat().map((record) => parsePointer(textOf(record), POPULARITY));
  assert.deepEqual(announced, [await views.readPointer(POPULARITY)]);
});

test('a correction of the lake is shown by a dry run and published by an approved run', async () => {
  await lake.lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.lake.reference('plays')} WHERE profile_id = 'bot'`),
  );
  const order = {
    view: POPULARITY,
    from: new Date(Math.floor(LOG_START / 3_600_000) * 3_600_000).toISOString(),
    to: new Date(Math.floor(LOG_START / 3_600_000) * 3_600_000 + 48 * 3_600_000).toISOString(),
  };
  const dry = await backfills.start({ ...order, dryRun: true });
  await until(async () => (await backfills.get(dry.id)).state === 'completed', 60_000, 100);
  const { result } = await backfills.get(dry.id);
  assert.equal(result?.outcome, 'dry-run');
  assert.deepEqual([result.diff.before.plays, result.diff.after.plays, result.diff.removed], [96, 52, 1]);
  assert.deepEqual(new Set(result.diff.top.map(({ titleId }) => titleId)), new Set(['spam']));
  assert.equal((await views.readPointer(POPULARITY))?.version, 1);

  const { id } = await backfills.start({ ...order, dryRun: false });
  await assert.rejects(backfills.start({ ...order, dryRun: true }), { code: 'BACKFILL_OVERLAP' });
  await until(async () => (await backfills.get(id)).progress?.phase === 'waiting', 60_000, 100);
  await backfills.approve(id, 'operator');
  await until(async () => (await backfills.get(id)).state !== 'running', 60_000, 100);
  const published = (await backfills.get(id)).result;
  assert.deepEqual(
    [published?.outcome, published?.version, published?.approver],
    ['announced', 2, 'operator'],
  );
  assert.deepEqual(await playsByTitle(published!.version!), { film: 20, series: 32 });
  await until(async () => (await backfills.list()).length === 2, 30_000, 200);
  assert.deepEqual(
    (await backfills.list()).map(({ dryRun, state }) => [dryRun, state]),
    [
      [false, 'completed'],
      [true, 'completed'],
    ],
  );
});

test('refreshes started together publish once, and what they publish is the whole lake', async () => {
  await lake.lake.appendExactlyOnce('plays', [
    partitionRows('plays', 1, plays(40, 'p3', 'series'), { from: 40 }),
  ]);
  const outcomes = await Promise.all([1, 2, 3].map(() => refreshes.refresh(POPULARITY)));
  const current = await views.readPointer(POPULARITY);
  const announced = outcomes.filter(({ outcome }) => outcome === 'announced');
  assert.equal(announced.length, 1);
  assert.equal(announced[0]?.version, current?.version);
  assert.deepEqual(await playsByTitle(current!.version), { film: 20, series: 80 });
  // The correction took the newest rows of partition 0; what was read once stays read.
  assert.deepEqual((await views.readManifest(POPULARITY, current!.version)).cut['plays'], [64, 80]);
});

test('how rows did is published, and again only once something was shown or taken', async () => {
  const takes = [{ row: 'trending', rank: 0, title: 't', shown: 20, taken: 4 }];
  const unchanged = { outcome: 'unchanged', view: ROW_PERFORMANCE_VIEW };
  assert.deepEqual(await refreshes.refresh(ROW_PERFORMANCE_VIEW), { ...unchanged, version: null });
  await appendTakes(lake.lake, takes, { time: '2026-11-01 12:00:00', run: 'one' });
  assert.equal((await refreshes.refresh(ROW_PERFORMANCE_VIEW)).outcome, 'announced');
  assert.deepEqual(await refreshes.refresh(ROW_PERFORMANCE_VIEW), { ...unchanged, version: 1 });
  await appendTakes(lake.lake, takes, { time: '2026-11-01 13:00:00', run: 'two' });
  const outcome = await refreshes.refresh(ROW_PERFORMANCE_VIEW);
  assert.ok(outcome.outcome === 'announced', JSON.stringify(outcome));
  assert.deepEqual(
    [outcome.version, outcome.rowCounts],
    [2, { rows: 1, positions: 1, promotions: 0, 'row-positions': 1 }],
  );
});
