import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import express from 'express';
import type { LedgerLine } from '../../../domain/subscriber-status.ts';
import type { Pointer } from '../../../domain/views.ts';
import { region } from '../../../domain/ids.ts';
import { createCanaries } from '../../../infra/hermes/canaries.ts';
import { createSteering } from '../../../infra/hermes/steering.ts';
import { errorHandler } from '../../../infra/http/errors.ts';
import { listen } from '../../../infra/http/listen.ts';
import { silentLog } from '../../../infra/log.ts';
import { steered, viewAnswer } from '../../../serving/ops/views-schemas.ts';
import { createViewsRouter, type ViewOps } from '../../../serving/ops/views.ts';
import { setUp, stage, v, view } from '../../support/view-repository.ts';

const FOLLOWER: LedgerLine = {
  ...{
    view,
    subscriber: 'host:4000',
    version: v(2),
    pinned: null,
    loadedAt: null,
    loadLagMs: null,
    lagMs: 3,
  },
  ...{ heardAt: 1, standing: 'current' },
};

/** Two versions announced, and the routes over them. */
async function start(t: TestContext, change: Partial<ViewOps> = {}, isConnected = true) {
  const { store, repository } = setUp();
  const canaries = createCanaries({ store, region: region('local') });
  for (const number of [1, 2]) {
    const parent = number === 1 ? null : v(number - 1);
    const version = await stage(repository, `run-${number}`, parent);
    await repository.announce(view, version, { parent, runId: `run-${number}` });
  }
  const told: Pointer[] = [];
  const viewOps: ViewOps = {
    ...{ views: repository, canaries },
    steering: createSteering({
      ...{ views: repository, outbox: { put: async () => undefined }, region: region('local') },
      announce: async (pointer) => void told.push(pointer),
    }),
    ledger: { of: (_view, served) => Promise.resolve([{ ...FOLLOWER, version: served }]) },
    ...change,
  };
  const app = express();
  app.set('query parser', 'simple');
  app.use(createViewsRouter({ viewOps: isConnected ? viewOps : undefined, deadlineMs: 200 }));
  app.use(errorHandler(silentLog()));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const ask = async (path: string, body?: unknown) => {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/v1/ops/views/${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { ask, told, repository, canaries };
}

test('a view is told with what is on trial and what the trial of the announced version came to', async (t) => {
  const { ask, canaries } = await start(t);
  const [openedAt, endsAt] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()];
  const trial = { version: v(3), share: 0.05, openedAt, endsAt };
  const stored = { ...trial, view, runId: 'run-3', manifestSha256: 'a'.repeat(64) };
  await canaries.open(stored, Date.now());
  await canaries.record({
    ...{ view, version: v(2), against: v(1), outcome: 'passed', reason: 'no loss was shown' },
    ...{ openedAt, decidedAt: openedAt, figures: {} },
  });
  const told = viewAnswer.parse((await ask('popularity')).body);
  assert.deepEqual([told.candidate, told.canary?.outcome], [trial, 'passed']);
});

test('a view is told with its versions and those who follow, as the document says', async (t) => {
  const { ask } = await start(t);
  const { status, body } = await ask('popularity?limit=1');
  assert.equal(status, 200);
  const told = viewAnswer.parse(body);
  assert.deepEqual([told.version, told.pinned, told.versions.length], [2, null, 1]);
  assert.deepEqual([told.subscribers?.[0]?.subscriber, told.subscribers?.[0]?.version], ['host:4000', 2]);
});

test('pin, unpin and roll back change what is served, and a dry run does not', async (t) => {
  const { ask, told, repository } = await start(t);
  const dry = steered.parse((await ask('popularity/pin', { version: 1, dryRun: true })).body);
  assert.deepEqual([dry.to, dry.changed, told.length], [1, false, 0]);
  const pinned = steered.parse((await ask('popularity/pin', { version: 1 })).body);
  assert.deepEqual([pinned.from, pinned.to, pinned.changed, pinned.notified], [2, 1, true, true]);
  assert.equal(steered.parse((await ask('popularity/unpin', {})).body).to, 2);
  const back = steered.parse((await ask('popularity/rollback', { reason: 'halved' })).body);
  assert.deepEqual([back.from, back.to, told.length], [2, 1, 3]);
  assert.equal((await repository.listVersions(view, 1))[0]?.reason, 'halved');
});

test('what must not be served is refused with the code that says why', async (t) => {
  const { ask } = await start(t);
  await ask('popularity/rollback', { reason: 'halved' });
  const codes: unknown[] = [];
  for (const [path, body] of [
    ['popularity/pin', { version: 2 }],
    ['popularity/pin', { version: 9 }],
    ['popularity/rollback', { reason: 'again' }],
    ['nowhere/unpin', {}],
    ['popularity/pin', { version: 0 }],
    ['popularity/pin', { version: '1' }],
    ['popularity/rollback', {}],
    ['POPULARITY/unpin', {}],
  ] as const) {
    const { status, body: answered } = await ask(path, body);
    codes.push([status, answered['code']]);
  }
  assert.deepEqual(codes, [
    [409, 'VIEW_REJECTED'],
    ...Array.from({ length: 3 }, () => [404, 'VIEW_NOT_FOUND']),
    ...Array.from({ length: 4 }, () => [400, 'REQUEST_INVALID']),
  ]);
});

test('who follows is null while the reports cannot be read; without the store nothing is told', async (t) => {
  for (const noAnswer of [
    () => Promise.reject(new Error('away')),
    () => new Promise<never>(() => undefined),
  ]) {
    const { ask } = await start(t, { ledger: { of: noAnswer } });
    const { status, body } = await ask('popularity');
    assert.deepEqual([status, body['subscribers'], body['version']], [200, null, 2]);
  }
  const { ask } = await start(t, {}, false);
  const away = await ask('popularity');
  assert.deepEqual([away.status, away.body['code']], [503, 'OBJECT_STORE_UNAVAILABLE']);
});
