/** Models over real servers: the lake in Iceberg, working places and views in S3, Temporal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { viewName } from '../../domain/views.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { playStarts } from '../support/activity-world.ts';
import { testConfig } from '../support/stack.ts';

const MODEL = 'popularity';
const VIEW = viewName('popularity-baseline');
const config = testConfig({ MARQUEE_PARTITIONS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
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
  const plays = ['p1', 'p2', 'p3'].flatMap((profile, index) => playStarts(0, 6, `t${index % 2}`, profile));
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

test('what was watched becomes an announced model, and nothing is left in the working place', async () => {
  const result = await trainings.train([MODEL]);
  assert.equal(result.cancelled, false);
  const [outcome] = result.models;
  assert.ok(outcome?.outcome === 'announced', JSON.stringify(outcome));
  assert.deepEqual([outcome.version, outcome.rowCounts['titles']], [1, 2]);
  const { metrics, inputs } = await views.readManifest(VIEW, outcome.version);
  assert.deepEqual([metrics['profiles'], metrics['titles'], metrics['seed']], [3, 2, 1]);
  assert.deepEqual(
    inputs.map((input) => 'table' in input && input.table),
    ['plays'],
  );
  assert.deepEqual(await store.list(`${region}/work/`), []);
});

test('the same lake is not learnt from twice', async () => {
  const { models } = await trainings.train([MODEL]);
  assert.deepEqual(
    models.map(({ outcome }) => outcome),
    ['unchanged'],
  );
});
