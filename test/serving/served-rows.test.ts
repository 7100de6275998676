import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isKept, type ServedRow } from '../../domain/served-rows.ts';
import type { LogProducer, OutgoingTopic } from '../../infra/kafka/producer-port.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics, type Metrics } from '../../infra/metrics.ts';
import { startServedRows } from '../../serving/served-rows.ts';
import { until } from '../support/until.ts';

const row = (recommendationId: string): ServedRow => {
  const titleIds = ['a', 'b'];
  return { recommendationId, row: 'trending', time: 7, titleIds, source: 'merged' };
};

interface Started {
  readonly metrics: Metrics;
  /** Upsert keys that were appended. */
  readonly keys: string[];
  /** How many rows each request had, refused ones included. */
  readonly asked: number[];
  readonly served: ReturnType<typeof startServedRows>;
  fail(isFailing: boolean): void;
}

function start(t: TestContext, { share = 1, most = 10, intervalMs = 2 } = {}): Started {
  const metrics = createMetrics();
  const keys: string[] = [];
  const asked: number[] = [];
  let isFailing = false;
  const producer: LogProducer = {
    send(batch: readonly OutgoingTopic[]) {
      asked.push(batch[0]!.messages.length);
      if (isFailing) return Promise.reject(new Error('gone'));
      for (const { value } of batch[0]!.messages) keys.push(String(value));
      return Promise.resolve([]);
    },
    close: () => Promise.resolve(),
  };
  const served = startServedRows({
    connect: () => Promise.resolve(producer),
    encode: ({ upsertKey }) => Buffer.from(upsertKey),
    prepare: () => Promise.resolve(),
    ...{ topic: () => 'served-rows', share, most, intervalMs, metrics, log: silentLog() },
  });
  t.after(served.close);
  return { metrics, keys, asked, served, fail: (now) => (isFailing = now) };
}

const countOf = async (metrics: Metrics, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await metrics.render())?.[1]);

test('rows that were answered are sent in their order, also what waits at the close', async (t) => {
  const { served, keys, metrics } = start(t);
  served.note(row('1'));
  await until(() => keys.length === 1);
  served.note(row('2'));
  await served.close();
  assert.deepEqual(keys, ['1/trending', '2/trending']);
  assert.equal(await countOf(metrics, 'marquee_served_rows_sent_total'), 2);
});

test('while the log is gone rows wait up to the bound, and those beyond are counted', async (t) => {
  const { served, keys, metrics, fail } = start(t, { most: 3 });
  fail(true);
  for (const id of ['1', '2', '3', '4', '5']) served.note(row(id));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(keys, []);
  fail(false);
  await until(() => keys.length === 3);
  await served.close();
  assert.equal(await countOf(metrics, 'marquee_served_rows_left_out_total'), 2);
});

test('rows of many answers do not wait for the interval, and go in requests of a bounded size', async (t) => {
  const { served, keys, asked, metrics } = start(t, { most: 300, intervalMs: 60_000 });
  for (let turn = 0; turn < 10; turn += 1) {
    for (let at = 0; at < 100; at += 1) served.note(row(`${turn}-${at}`));
    await new Promise(setImmediate);
  }
  assert.ok(keys.length >= 700, `${keys.length} of 1000 before any interval`);
  assert.ok(Math.max(...asked) <= 256, asked.join(', '));
  await served.close();
  assert.equal(new Set(keys).size, 1000);
  assert.equal(await countOf(metrics, 'marquee_served_rows_left_out_total'), 0);
});

test('a log that refused is asked again at the next interval, not by every answer', async (t) => {
  const { served, keys, asked, fail } = start(t, { most: 1000, intervalMs: 60_000 });
  fail(true);
  for (let at = 0; at < 900; at += 1) {
    served.note(row(String(at)));
    await Promise.resolve();
  }
  assert.equal(asked.length, 1);
  fail(false);
  await served.close();
  assert.deepEqual(
    keys,
    Array.from({ length: 900 }, (_, at) => `${at}/trending`),
  );
});

test('a share of answers is kept, the same on every machine and whole', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `answer-${index}`);
  const kept = ids.filter((id) => isKept(id, 0.2));
  assert.ok(Math.abs(kept.length - 2000) < 200, String(kept.length));
  assert.ok(kept.every((id) => isKept(id, 0.2) && isKept(id, 0.5)));
  assert.ok(!ids.some((id) => isKept(id, 0)) && ids.every((id) => isKept(id, 1)));
});
