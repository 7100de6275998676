/** Factors of new titles over real servers: the lake in Iceberg, working places and views in S3, Temporal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { viewName, viewVersion } from '../../domain/views.ts';
import { extendId, precomputeId } from '../../domain/workflow-ids.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';
import { playStarts } from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const VIEW = viewName('item-factors');
const POPULARITY = viewName('popularity');
const config = testConfig({
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '1',
  PRECOMPUTE_MODEL: 'popularity',
  PRECOMPUTE_SHARDS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
});
const { region } = config;
const log = silentLog();
const store = openObjectStore(config);
const views = createViewRepository({ store, region });
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region });
const trainings = createTrainings({ temporal, region });
const closers: (() => Promise<void> | void)[] = [];
let lake: DuckDbLake;
let offset = 0;

async function append(plays: readonly (readonly [title: string, profile: string])[]): Promise<void> {
  const rows = plays.flatMap(([title, profile], i) => playStarts(offset + i, 1, title, profile));
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, rows, { from: offset })]);
  offset += rows.length;
}

before(async () => {
  await store.ensureBucket();
  const opened = await openLake(config, log);
  lake = opened.lake;
  closers.push(opened.close);
  await lake.ensureTables();
  await append(
    Array.from({ length: 128 }, (_, play) => {
      const [profile, nth] = [play % 24, Math.floor(play / 24)];
      return [`t${(2 * ((profile >> 1) + nth) + profile) % 12}`, `p${profile}`] as const;
    }),
  );
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
});
after(async () => {
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  store.close();
});

/** The run that the refresh began, at its end. */
async function extended(): Promise<{ outcome: string; version: number } | null> {
  const handle = temporal.client.workflow.getHandle(extendId(region));
  await until(
    async () =>
      handle
        .describe()
        .then(() => true)
        .catch(() => false),
    30_000,
    50,
  );
  return handle.result() as Promise<{ outcome: string; version: number } | null>;
}

test('a refresh before the first training has nothing to extend', async () => {
  assert.equal((await refreshes.refresh(POPULARITY)).outcome, 'announced');
  assert.equal(await extended(), null);
  assert.equal(await views.readPointer(VIEW), undefined);
});

test('a title with a few plays has factors after the next refresh, and a training replaces them', async () => {
  const [trained] = (await trainings.train(['als'])).models;
  assert.equal(trained?.outcome, 'announced', JSON.stringify(trained));
  await append(Array.from({ length: 16 }, (_, i) => ['late', `p${(2 * i) % 6}`] as const));
  assert.equal((await refreshes.refresh(POPULARITY)).outcome, 'announced');
  await until(async () => (await views.readPointer(VIEW))?.version === 2, 60_000, 50);
  const { metrics, parent, rowCounts } = await views.readManifest(VIEW, viewVersion(2));
  assert.deepEqual([parent, metrics['new_titles'], rowCounts['items']], [1, 1, 13]);
  assert.equal((await extended())?.outcome, 'announced');
  const again = (await trainings.train(['als'])).models[0];
  assert.ok(again?.outcome === 'announced', JSON.stringify(again));
  assert.equal(again.version, 3);
});

test('nothing is left in the working place once rows were made anew', async () => {
  const rows = temporal.client.workflow.getHandle(precomputeId(region));
  await until(async () => (await rows.describe()).status.name === 'COMPLETED', 60_000, 100);
  await until(async () => (await store.list(`${region}/work/`)).length === 0, 30_000, 100);
});
