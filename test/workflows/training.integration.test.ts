/** Models over real servers: the lake in Iceberg, working places and views in S3, Temporal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { viewName, viewVersion } from '../../domain/views.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { playStarts } from '../support/activity-world.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const MODEL = 'als';
const VIEW = viewName('item-factors');
const ROWS = viewName('profile-rows');
const PROFILES = 24;
const TITLES = 12;
const config = testConfig({
  MARQUEE_PARTITIONS: '1',
  PRECOMPUTE_MODEL: 'als',
  DUCKDB_MEMORY_LIMIT_MB: '256',
});
const { region } = config;
const log = silentLog();
const store = openObjectStore(config);
const views = createViewRepository({ store, region });
const temporal = createTemporal(config.temporal);
const trainings = createTrainings({ temporal, region });
const closers: (() => Promise<void> | void)[] = [];

before(async () => {
  await store.ensureBucket();
  const { lake, close } = await openLake(config, log);
  await lake.ensureTables();
  // Two tastes: even profiles watch even titles, odd ones odd titles, each five of six.
  const plays = Array.from({ length: PROFILES }, (_, profile) =>
    Array.from({ length: 5 }, (_, i) =>
      playStarts(
        profile * 5 + i,
        1,
        `t${String((2 * ((profile >> 1) + i) + profile) % TITLES)}`,
        `p${profile}`,
      ),
    ).flat(),
  ).flat();
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays)]);
  await close();
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
});
after(async () => {
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  store.close();
});

test('what was watched becomes an announced model with its report, and nothing is left in the working place', async () => {
  const result = await trainings.train([MODEL]);
  assert.equal(result.cancelled, false);
  const [outcome] = result.models;
  assert.ok(outcome?.outcome === 'announced', JSON.stringify(outcome));
  assert.deepEqual([outcome.version, outcome.rowCounts['items']], [1, TITLES]);
  assert.ok((outcome.rowCounts['evaluation'] ?? 0) > 0);
  const { metrics, inputs } = await views.readManifest(VIEW, outcome.version);
  assert.deepEqual([metrics['profiles'], metrics['titles'], metrics['seed']], [PROFILES, TITLES, 1]);
  assert.ok('leave_last_out_ndcg_at_10' in metrics, Object.keys(metrics).join());
  assert.deepEqual(
    inputs.map((input) => 'table' in input && input.table),
    ['plays'],
  );
});

test('rows of all profiles follow by the new model, each part a range of profiles', async () => {
  await until(async () => (await views.readPointer(ROWS)) !== undefined, 60_000, 200);
  const { parts, metrics } = await views.readManifest(ROWS, viewVersion(1));
  assert.equal(parts.length, config.precompute.shards);
  assert.deepEqual([metrics['model_version'], metrics['rows']], [1, PROFILES * (TITLES - 5)]);
  await until(async () => (await store.list(`${region}/work/`)).length === 0, 30_000, 200);
});

test('the same lake is not learnt from twice', async () => {
  const { models } = await trainings.train([MODEL]);
  assert.deepEqual(
    models.map(({ outcome }) => outcome),
    ['unchanged'],
  );
});
