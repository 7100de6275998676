import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import express from 'express';
import { listen } from '../../../infra/http/listen.ts';
import { createShedder } from '../../../infra/http/shed.ts';
import type { Priority } from '../../../infra/resilience/shed.ts';
import { until } from '../../support/until.ts';

async function start(t: TestContext, lag: { ms: number }) {
  const shed: Priority[] = [];
  const shedder = createShedder({
    settings: { lagMs: 10, inFlight: 10, mostInFlight: 20 },
    priorityOf: ({ url }) => url.slice(1) as Priority,
    lagMs: () => lag.ms,
    waitedMs: () => 0,
    onShed: (priority) => shed.push(priority),
    random: () => 0.5,
  });
  const held: (() => void)[] = [];
  const app = express();
  app.use(shedder.handler);
  app.get('/home', (_request, response) => void response.json({}));
  app.get('/row', (_request, response) => void held.push(() => response.json({})));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(server.close);
  return { shed, shedder, held, get: (what: string) => fetch(`${server.url}/${what}`) };
}

test('whoever is turned away is told so as a problem, and to come again', async (t) => {
  const lag = { ms: 0 };
  const { get, shed, held } = await start(t, lag);
  const early = Array.from({ length: 8 }, () => get('row'));
  await until(() => held.length === 8);
  lag.ms = 1000;
  const answer = await get('row');
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.deepEqual(
    [answer.headers.get('retry-after'), answer.headers.get('cache-control')],
    ['1', 'no-store'],
  );
  assert.equal(((await answer.json()) as { code: string }).code, 'OVERLOADED');
  assert.equal((await get('home')).status, 200);
  assert.deepEqual(shed, ['row']);
  for (const answerOne of held) answerOne();
  await Promise.all(early);
});

test('requests under way are counted until they are answered or given up', async (t) => {
  const { get, shedder, held } = await start(t, { ms: 0 });
  const first = get('row');
  await until(() => held.length === 1);
  assert.equal(shedder.inFlight(), 1);
  held[0]!();
  assert.equal((await first).status, 200);
  await until(() => shedder.inFlight() === 0);
  await get('home');
  await until(() => shedder.inFlight() === 0);
});
