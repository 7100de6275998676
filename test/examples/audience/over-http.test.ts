import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askOverHttp, readPage } from '../../../examples/audience/over-http.ts';
import { SIMULATED_CLOCK, type AudienceEvent } from '../../../examples/audience/page.ts';
import { runAudience } from '../../../examples/audience/run.ts';
import { sessionsOf } from '../../../examples/audience/sessions.ts';
import { createAudience } from '../../../examples/audience/tastes.ts';
import { createLiveClock } from '../../../examples/audience/clock.ts';
import { seededDataSet } from '../../../infra/datasets/seeded.ts';
import { createServingBench, entry, NOW } from '../../support/serving.ts';

test('viewers look at the pages that serving answers, and quote them', async (t) => {
  const data = seededDataSet('a test', { seed: 1, ratings: 600, titles: 60, users: 12 });
  const bench = await createServingBench(
    t,
    data.titles.map(({ titleId, genres }) => entry(titleId, { genres })),
  );
  await bench.start();
  const viewers = createAudience(data, { seed: 1, viewers: 6 });
  const events: AudienceEvent[] = [];
  const outcomes = await runAudience(sessionsOf(viewers, { seed: 1, fromMs: NOW, days: 2 }), {
    ask: askOverHttp({ url: bench.url(), rows: 4, limit: 10, timeoutMs: 10_000 }),
    tell: (told) => void events.push(...told),
    ...{ clock: SIMULATED_CLOCK, seed: 1, region: 'local', runId: 'run' },
  });
  assert.ok(outcomes.some(({ impressions }) => impressions > 0));
  const uuid = /^[0-9a-f-]{36}$/;
  for (const event of events.filter(({ kind }) => kind === 'impression')) {
    assert.match(String(event['recommendationId']), uuid);
    assert.ok(data.titles.some(({ titleId }) => titleId === event['titleId']));
  }
});

test('what is not a page is refused', () => {
  assert.throws(() => readPage({ rows: [] }), /not a page/);
});

test('a live clock tells real time, so many times as slow as the simulated one, and waits for nothing that has gone', async () => {
  let real = 1_000_000;
  const clock = createLiveClock(NOW, 60, () => real);
  assert.equal(clock.eventTime(NOW + 60_000), 1_001_000);
  real += 5_000;
  await clock.reach(NOW + 60_000);
  assert.equal(clock.eventTime(NOW - 60_000), 1_000_000);
});
