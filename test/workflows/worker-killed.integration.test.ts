/** A worker that is killed in mid-way costs time and nothing else. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { viewName } from '../../domain/views.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { loadConfig } from '../../infra/config.ts';
import { playStarts } from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { testEnvironment } from '../support/stack.ts';
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
