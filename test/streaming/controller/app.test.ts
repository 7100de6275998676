import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SizingDecision } from '../../../domain/sizing.ts';
import { listen } from '../../../infra/http/listen.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import { createControllerApp } from '../../../streaming/controller/app.ts';
import { createControllerInstruments } from '../../../streaming/controller/instruments.ts';
import type { SizedKind } from '../../../streaming/controller/kinds.ts';
import type { Sized } from '../../../streaming/controller/sizer.ts';

const DECISION: SizingDecision = {
  ...{ desired: 4, wanted: 6, reason: 'lag', boundBy: 'partitions', processes: 2 },
  ...{ lag: 1000, arrivalRate: 150.04, foldRate: 99.96, capacity: 100 },
};

async function open(sized: Readonly<Partial<Record<SizedKind, Sized | undefined>>>) {
  const metrics = createMetrics();
  const instruments = createControllerInstruments(metrics);
  const sizers = new Map(
    Object.entries(sized).map(([kind, one]) => [kind as SizedKind, { current: () => one }]),
  );
  const app = createControllerApp({ sizers, checks: {}, metrics, log: silentLog() });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(server.url + path);
    const text = await response.text();
    return { status: response.status, body: path === '/metrics' ? text : (JSON.parse(text) as unknown) };
  };
  return { get, instruments, close: server.close };
}

test('the decision is answered with its figures and the reason in words', async (t) => {
  const at = Date.UTC(2026, 0, 1);
  const { get, close } = await open({ speed: { decision: DECISION, at } });
  t.after(close);
  const speed = {
    ...{ process: 'speed', desired: 4, wanted: 6, running: 2, reason: 'lag', bound_by: 'partitions' },
    why: 'the backlog would not be gone in time; 4 of the 6 wanted: there are no more partitions to share: only a new topic generation helps.',
    ...{ lag_records: 1000, arrivals_per_second: 150, folded_per_second: 100, capacity_per_second: 100 },
    ...{ drain_ms: 20016, at: '2026-01-01T00:00:00.000Z' },
  };
  assert.deepEqual(await get('/v1/scale'), { status: 200, body: { processes: [speed] } });
  assert.deepEqual(await get('/v1/scale/speed'), { status: 200, body: speed });
});

test('a kind that is not sized is 404, and one without a reading 503', async (t) => {
  const { get, close } = await open({ speed: undefined });
  t.after(close);
  assert.equal((await get('/v1/scale/extract')).status, 404);
  assert.equal((await get('/v1/scale/constructor')).status, 404);
  assert.equal((await get('/v1/scale/speed')).status, 503);
  assert.deepEqual((await get('/v1/scale')).body, { processes: [] });
});

test('the number is a metric that an orchestrator can go by', async (t) => {
  const { get, instruments, close } = await open({});
  t.after(close);
  instruments.decided('speed', { ...DECISION, desired: 1 }, undefined);
  instruments.decided('speed', DECISION, { ...DECISION, desired: 1 });
  instruments.failed('speed');
  const { body } = await get('/metrics');
  for (const line of [
    'marquee_scale_desired_processes{process="speed"} 4',
    'marquee_scale_wanted_processes{process="speed"} 6',
    'marquee_scale_running_processes{process="speed"} 2',
    'marquee_scale_lag_records{process="speed"} 1000',
    'marquee_scale_changes_total{process="speed",direction="up"} 1',
    'marquee_scale_failed_readings_total{process="speed"} 1',
  ])
    assert.ok((body as string).includes(`${line}\n`), line);
});
