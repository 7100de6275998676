import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison } from '../../../examples/demo/compare.ts';
import type { CompareAt } from '../../../examples/demo/plan.ts';
import {
  comparisonLines,
  followedLines,
  isProof,
  quantile,
  summarise,
  verdictLines,
  type DemoOutcome,
} from '../../../examples/demo/summary.ts';

const CALM: Comparison = {
  titles: 1_682,
  plays: 100_000,
  impressions: 300_000,
  differences: 0,
  incomplete: 0,
  merged: 0,
  examples: [],
};
const at = (name: CompareAt, change: Partial<Comparison> = {}) => ({
  at: name,
  result: { ...CALM, ...change },
});
const GOOD: DemoOutcome = {
  source: 'movielens-100k',
  events: 602_553,
  refreshes: 2,
  freshnessMs: [10, 30, 20, 40],
  comparisons: [at('mid-seam', { merged: 1_500 }), at('end'), at('restarted')],
  mergedAtLeast: 100,
  signals: { binge: 12 },
  sources: { none: 1, row: 2 },
  findings: [],
  followed: {
    genre: 'Sci-Fi',
    watched: ['Alien'],
    before: [{ titleId: '1', name: 'Heat', isOfGenre: false }],
    after: [{ titleId: '2', name: 'Brazil', isOfGenre: true }],
    changedMs: 700,
  },
};

test('the summary has the fields that programs read', () => {
  assert.deepEqual(summarise(GOOD), {
    events: 602_553,
    titles: 1_682,
    differences: 0,
    freshness_ms: { p50: 20, p99: 40 },
    refreshes: 2,
    merged: true,
    merged_titles: 1_500,
    source: 'movielens-100k',
    signals: { binge: 12 },
    source_of_play: { none: 1, row: 2 },
    findings: [],
    top_picks_changed_ms: 700,
    top_picks_of_genre: { before: 0, after: 1 },
  });
  assert.equal(isProof(summarise(GOOD), GOOD), true);
});

test('a difference at any moment, an incomplete title, a missing comparison or a lone lane is no proof', () => {
  const comparisons = (...list: DemoOutcome['comparisons'][number][]): DemoOutcome => ({
    ...GOOD,
    comparisons: list,
  });
  const merged = at('mid-seam', { merged: 1_500 });
  const wrong: readonly [DemoOutcome, string][] = [
    [
      comparisons(at('mid-seam', { merged: 1_500, differences: 1 }), at('end'), at('restarted')),
      '1 titles differ from the event file.',
    ],
    [
      comparisons(merged, at('end'), at('restarted', { differences: 2 })),
      '2 titles differ from the event file.',
    ],
    [
      comparisons(merged, at('end', { incomplete: 1 }), at('restarted')),
      '1 titles were said to be incomplete.',
    ],
    [comparisons(merged, at('end')), 'Titles were compared 2 times, not 3.'],
    [
      comparisons(at('mid-seam', { merged: 99 }), at('end'), at('restarted')),
      'Only 99 titles came from both lanes in mid-stream, not 100.',
    ],
  ];
  for (const [outcome, why] of wrong) {
    assert.equal(isProof(summarise(outcome), outcome), false);
    assert.deepEqual(verdictLines(summarise(outcome), outcome), [`not proven: ${why}`]);
  }
});

test('differences are shown with both lanes and what the file has', () => {
  const lines = comparisonLines('end', {
    ...CALM,
    differences: 1,
    examples: [{ titleId: '50', measure: 'plays', expected: 583, batch: 500, speed: 84, total: 584 }],
  });
  assert.match(lines[0] ?? '', /^1 differences over 1,682 titles/);
  assert.equal(lines[1], '  title 50: plays 500 + 84 = 584, the file has 583');
});

test('quantiles are by nearest rank, and of nothing there is none', () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([3], 0.99), 3);
  assert.equal(
    quantile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      0.99,
    ),
    99,
  );
});

test('Top Picks that stay as they were are no proof, and are said to stay', () => {
  const stayed = { ...GOOD.followed!, changedMs: null };
  assert.equal(isProof(summarise({ ...GOOD, followed: stayed }), { ...GOOD, followed: stayed }), false);
  assert.deepEqual(verdictLines(summarise({ ...GOOD, followed: stayed }), { ...GOOD, followed: stayed }), [
    'not proven: Top Picks did not change at all when somebody watched three titles.',
  ]);
  assert.equal(isProof(summarise({ ...GOOD, followed: undefined }), { ...GOOD, followed: undefined }), false);
  assert.match(followedLines(stayed)[0]!, /stayed as they were/);
  assert.deepEqual(followedLines(GOOD.followed!).slice(1), ['  before: Heat', '  after:  *Brazil']);
});

test('Top Picks that follow late are a proof, and said to be late', () => {
  const linesAfter = (changedMs: number): readonly string[] => {
    const outcome = { ...GOOD, followed: { ...GOOD.followed!, changedMs } };
    assert.equal(isProof(summarise(outcome), outcome), true);
    return verdictLines(summarise(outcome), outcome);
  };
  const proven = 'proven: every title is right, and Top Picks followed';
  assert.deepEqual(linesAfter(2_000), [proven]);
  assert.deepEqual(linesAfter(9_000), [
    proven,
    'Top Picks took 9,000 ms to follow, longer than the 2,000 ms they should.',
  ]);
});
