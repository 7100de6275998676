import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateHome } from '../../bench/evaluate-home.ts';
import { pageMetrics } from '../../bench/lib/evaluate-home/page-metrics.ts';
import type { RankedRow } from '../../domain/ranking/types.ts';

const row = (...titles: number[]): RankedRow => ({
  kind: 'popular',
  subject: -1,
  titles: Uint32Array.from(titles),
  scores: new Float32Array(titles.length),
});

test('a page is worth the more the nearer to its top left corner the title stands', () => {
  const rows = [row(1, 2, 3), row(4, 5, 6, 7, 8, 9), row(), row(10)];
  assert.deepEqual(pageMetrics(rows, 1), { hit: 1, visible: 1, ndcg: 1 });
  assert.deepEqual(pageMetrics(rows, 5), { hit: 1, visible: 1, ndcg: 1 / Math.log2(4) });
  assert.equal(pageMetrics(rows, 9).visible, 0, 'the sixth is not seen without a swipe');
  assert.equal(pageMetrics(rows, 10).visible, 0, 'the fourth row is not seen without scrolling');
  assert.deepEqual(pageMetrics(rows, 99), { hit: 0, visible: 0, ndcg: 0 });
});

test('a quick evaluation of the home page says what its data is and gives each ingredient with its interval, the same each time', async () => {
  const run = (): Promise<Record<string, number | string>> => evaluateHome(true, () => undefined);
  const { cpu_s: _, ...figures } = await run();
  assert.equal(figures['data'], 'seeded');
  assert.match(String(figures['audience']), /^seeded/);
  for (const name of [
    'stale_ndcg_gain',
    'foldin_hit_gain',
    'audience_context_gain',
    'audience_memory_gain',
  ]) {
    const [low, value, high] = [`${name}_low`, name, `${name}_high`].map((key) => Number(figures[key]));
    assert.ok(low! <= value! && value! <= high!, `${name}: ${low} ${value} ${high}`);
  }
  const { cpu_s: __, ...again } = await run();
  assert.deepEqual(again, figures);
});
