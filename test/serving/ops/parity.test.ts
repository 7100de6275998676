import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import express from 'express';
import { generation, region } from '../../../domain/ids.ts';
import type { ParityReport } from '../../../domain/parity/report.ts';
import { emptyParity, type ParityState } from '../../../domain/parity/state.ts';
import type { ViewVersion } from '../../../domain/views.ts';
import { errorHandler } from '../../../infra/http/errors.ts';
import { listen } from '../../../infra/http/listen.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { createParityStore } from '../../../infra/parity/store.ts';
import { parityAnswer } from '../../../serving/ops/parity-schemas.ts';
import { createParityRouter, type ReadParity } from '../../../serving/ops/parity.ts';

async function ask(t: TestContext, readParity: ReadParity | undefined, query = '') {
  const app = express();
  app.set('query parser', 'simple');
  app.use(createParityRouter({ readParity, deadlineMs: 200 }));
  app.use(errorHandler(silentLog()));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const response = await fetch(`${server.url}/v1/ops/parity${query}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const report = (version: number): ParityReport => ({
  version: version as ViewVersion,
  asOf: '2026-01-01T12:00:00.000Z',
  generation: generation('g1'),
  ...{ compared: 2, equal: 2, differing: [], settled: [], excluded: [], passedOver: 0, waiting: 0, open: 0 },
  duplicates: [],
});
const STATE: ParityState = {
  ...emptyParity({ generation: generation('g1'), blockSize: 16 }),
  reports: [report(3), report(2), report(1)],
};

test('the newest reports are told from what is stored, as the document says', async (t) => {
  const store = createParityStore(createMemoryObjectStore(), region('eu'));
  await store.update(() => STATE);
  const { status, body } = await ask(t, store.read, '?limit=2');
  assert.equal(status, 200);
  assert.deepEqual(
    parityAnswer.parse(body).reports.map(({ version }) => version),
    [3, 2],
  );
});

test('before the first comparison the answer is empty, not missing', async (t) => {
  const { status, body } = await ask(t, () => Promise.resolve(undefined));
  assert.deepEqual([status, body], [200, { open: [], exclusions: [], reports: [] }]);
});

test('a limit that is none is refused, and a store that is away or not there is said to be', async (t) => {
  assert.equal((await ask(t, () => Promise.resolve(STATE), '?limit=0')).status, 400);
  const away = await ask(t, () => new Promise<never>(() => undefined));
  assert.deepEqual([away.status, away.body['code']], [503, 'OBJECT_STORE_UNAVAILABLE']);
  assert.equal((await ask(t, undefined)).status, 503);
});
