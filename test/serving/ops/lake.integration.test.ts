/** The lake's care over HTTP, down to the files: routes, Temporal, a worker, the catalog and the store are real. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express from 'express';
import type { LakeCareRun } from '../../../domain/lake-care.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { startWorkerProcess } from '../../../infra/bin/worker-process.ts';
import { openLake, type OpenLake } from '../../../infra/connections.ts';
import { errorHandler } from '../../../infra/http/errors.ts';
import { listen } from '../../../infra/http/listen.ts';
import { silentLog } from '../../../infra/log.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createLakeRouter } from '../../../serving/ops/lake.ts';
import { careRun, careStarted, lakeAnswer } from '../../../serving/ops/lake-schemas.ts';
import { openLakeOps } from '../../../serving/ops/open-lake.ts';
import { LAKE_START, searchRows } from '../../support/lake-rows.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const config = testConfig({
  ...{ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256', WORKER_METRICS_PORT: '0' },
  ...{ MARQUEE_PARTITIONS: '1', LAKE_COMMIT_ATTEMPTS: '30' },
});
const closers: (() => Promise<void> | void)[] = [];
const onClose = (close: () => Promise<void> | void) => void closers.push(close);
let lake: OpenLake;
let url: string;

before(async () => {
  lake = await openLake(config, silentLog());
  onClose(lake.close);
  await startWorkerProcess({ config, log: silentLog(), onClose, fail: assert.fail });
  const temporal = createTemporal(config.temporal);
  onClose(temporal.close);
  const app = express();
  app.use(createLakeRouter({ lakeOps: openLakeOps(config, temporal, onClose), deadlineMs: 20_000 }));
  app.use(errorHandler(silentLog()));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onClose(server.close);
  url = server.url;
});
after(async () => {
  for (const close of closers.toReversed()) await close();
});

async function ask(path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(`${url}/v1/ops/lake${path}`, init);
  return { status: response.status, body: await response.json() };
}

/** What the statistics say of the searches. */
async function searches() {
  const { body } = await ask('');
  const found = lakeAnswer.parse(body).tables.find(({ table }) => table === 'searches')!;
  const { rows, dataFiles, hoursToCompact } = found;
  return { rows, dataFiles, hoursToCompact };
}

async function cared(order: object): Promise<LakeCareRun['result']> {
  const { status, body } = await ask('/care', order);
  assert.equal(status, 202);
  const { id } = careStarted.parse(body);
  const get = async () => careRun.parse((await ask(`/care/${id}`)).body);
  await until(async () => (await get()).state !== 'running', 60_000, 100);
  const run = await get();
  assert.equal(run.state, 'done');
  return run.result;
}

test('what is asked for over HTTP is done to the files of the lake, and said; a dry run is said alone', async () => {
  for (const from of [0, 2, 4, 6])
    await lake.lake.appendExactlyOnce('searches', [searchRows(0, from, from + 2)]);
  await lake.lake.appendExactlyOnce('searches', [searchRows(0, 8, 9, () => LAKE_START + DAY_MS)]);
  const before = { rows: 9, dataFiles: 5, hoursToCompact: 1 };
  assert.deepEqual(await searches(), before);
  const order = { steps: ['compact'], tables: ['searches', 'plays'] };
  const figuresOf = (result: LakeCareRun['result']) =>
    result?.tables.map((one) => [one.table, one.hoursCompacted, one.filesBefore, one.filesAfter]);
  const dry = await cared({ ...order, dryRun: true });
  assert.deepEqual([dry?.dryRun, figuresOf(dry)], [true, [['searches', 1, 4, 1]]]);
  assert.deepEqual(await searches(), before);
  const done = await cared(order);
  assert.deepEqual([done?.dryRun, figuresOf(done), done?.failures], [false, [['searches', 1, 4, 1]], []]);
  assert.deepEqual(await searches(), { rows: 9, dataFiles: 2, hoursToCompact: 0 });
  assert.deepEqual((await cared(order))?.tables, []);
});

test('a run that nobody began, a step and a table that there are not, are refused', async () => {
  const codeOf = ({ status, body }: { status: number; body: unknown }) => [
    status,
    (body as { code: string }).code,
  ];
  assert.deepEqual(codeOf(await ask('/care/4711')), [404, 'JOB_NOT_FOUND']);
  assert.deepEqual(codeOf(await ask('/care', { steps: ['sweep'] })), [400, 'REQUEST_INVALID']);
  assert.deepEqual(codeOf(await ask('/care', { tables: ['nothing'] })), [400, 'REQUEST_INVALID']);
});
