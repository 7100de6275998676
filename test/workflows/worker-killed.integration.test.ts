/** A worker that is killed or told to stop in mid-way costs time and nothing else. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import { region } from '../../domain/ids.ts';
import { viewName } from '../../domain/views.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { startWorker } from '../../infra/temporal/worker.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { loadConfig } from '../../infra/config.ts';
import { createActivityWorld, playStarts } from '../support/activity-world.ts';
import { workflowBundle } from '../support/workflows.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const POPULARITY = viewName('popularity');
const ROOT = resolve(import.meta.dirname, '../..');
const environment = testEnvironment({
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
});
const config = loadConfig(environment);
const temporal = createTemporal(config.temporal);
const store = openObjectStore(config);
const views = createViewRepository({ store, region: config.region });
const workers: ChildProcess[] = [];

function spawnWorker(): ChildProcess {
  const worker = spawn(process.execPath, [join(ROOT, 'infra/bin/worker.ts')], {
    env: environment,
    stdio: 'ignore',
  });
  workers.push(worker);
  return worker;
}

after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await temporal.close();
  store.close();
});

test('a refresh whose worker is killed is finished by another, under the same version number', async () => {
  await store.ensureBucket();
  const { lake, close } = await openLake(config, silentLog());
  await lake.ensureTables();
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, playStarts(0, 40, 't1'))]);
  await close();

  const refreshes = createRefreshes({ temporal, region: config.region });
  const first = spawnWorker();
  const id = await refreshes.start(POPULARITY);
  await until(async () => (await views.listVersions(POPULARITY)).length === 1, 60_000, 5);
  first.kill('SIGKILL');
  await once(first, 'exit');

  const second = spawnWorker();
  const outcome = await refreshes.result(id);
  assert.equal(outcome.outcome, 'announced');
  assert.equal((await views.readManifest(POPULARITY, outcome.version)).metrics['plays'], 32);
  const versions = await views.listVersions(POPULARITY);
  assert.deepEqual(
    versions.map(({ version, state }) => [version, state]),
    [[1, 'announced']],
  );
  second.kill('SIGTERM');
  const [code] = (await once(second, 'exit')) as [number | null];
  assert.equal(code, 0);
});

test('a worker that is told to stop in mid-way hands its activity to the next one', async () => {
  const world = await createActivityWorld();
  await world.appendPlays(40);
  const apart = testConfig({ TEMPORAL_TASK_QUEUE: 'stopped', MARQUEE_SHUTDOWN_TIMEOUT_MS: '3000' });
  const client = createTemporal(apart.temporal);
  const workflows = { code: await workflowBundle() };
  const start = (deps: ActivityDeps) =>
    startWorker({ config: apart, workflows, activities: createActivities(deps) });
  try {
    const { started, popularity } = world.endless();
    const first = await start({ ...world.deps, popularity });
    const refreshes = createRefreshes({ temporal: client, region: region(`${config.region}-stopped`) });
    const id = await refreshes.start(POPULARITY);
    await started;
    await first.stop();
    const second = await start(world.deps);
    assert.equal((await refreshes.result(id)).outcome, 'announced');
    await second.stop();
    const versions = await world.views.listVersions(POPULARITY);
    assert.deepEqual(
      versions.map(({ version, state }) => [version, state]),
      [[1, 'announced']],
    );
  } finally {
    await client.close();
    await world.close();
  }
});
