import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../infra/metrics.ts';
import { fallbackShares, parseSample } from '../../../streaming/audit/serving-metrics.ts';

test('what serving counts is read from its metrics, and shares are of what came since', async () => {
  const metrics = createMetrics({ labels: { process: 'serving', region: 'eu' } });
  const rows = metrics.counter('marquee_serving_rows_total', 'Rows', ['row', 'source']);
  metrics.gauge('marquee_catalogue_titles', 'Titles', { read: () => 42 });
  rows.inc({ row: 'trending', source: 'fallback' }, 5);
  const before = parseSample(await metrics.render());
  assert.equal(before.catalogueSize, 42);
  rows.inc({ row: 'trending', source: 'merged' }, 30);
  rows.inc({ row: 'trending', source: 'fallback' }, 10);
  rows.inc({ row: 'popular', source: 'batch' }, 4);
  const after = parseSample(await metrics.render());
  assert.deepEqual(
    fallbackShares(before, after).map(({ scope, value, weight }) => [scope['row'], value, weight]),
    [
      ['trending', 0.25, 40],
      ['popular', 0, 4],
    ],
  );
  assert.deepEqual(fallbackShares(after, before), [], 'a restart of serving is no share');
});
