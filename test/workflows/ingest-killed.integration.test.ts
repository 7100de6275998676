/** A worker that is killed while it reads a source costs time and nothing else. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { loadConfig } from '../../infra/config.ts';
import { openObjectStore } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { films } from '../support/side-inputs.ts';
import { testEnvironment } from '../support/stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TITLES = films(5).map((line) => `${JSON.stringify(line)}\n`);
const half = Promise.withResolvers<void>();
let requests = 0;
/** The first answer stops half-way and is never ended. */
const server = createServer((_, response) => {
  requests += 1;
  if (requests > 1) return void response.end(TITLES.join(''));
  response.write(TITLES.slice(0, 2).join(''));
  half.resolve();
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const environment = testEnvironment({
  MARQUEE_CATALOGUE_SOURCE: `http://127.0.0.1:${(server.address() as AddressInfo).port}/titles`,
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
  server.closeAllConnections();
  server.close();
});

test('a source that was half read by a killed worker is read whole by another, under the same version number', async () => {
  const refreshes = createRefreshes({ temporal, region: config.region });
  const first = spawnWorker();
  const id = await refreshes.start(CATALOGUE_VIEW);
  await half.promise;
  first.kill('SIGKILL');
  await once(first, 'exit');

  spawnWorker();
  const outcome = await refreshes.result(id);
  assert.ok(outcome.outcome === 'announced', outcome.outcome);
  assert.deepEqual([outcome.version, outcome.rowCounts, requests], [1, { entries: 5 }, 2]);
  const versions = await views.listVersions(CATALOGUE_VIEW);
  assert.deepEqual(
    versions.map(({ version, state }) => [version, state]),
    [[1, 'announced']],
  );
});
