import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { titleId, type TitleId } from '../../domain/ids.ts';
import { BUCKET_MS, HOUR_MS } from '../../domain/time.ts';
import { blend, rankPopular, rankTrending, surprise, trendWindows } from '../../domain/trending.ts';

const RULES = { minPlays: 3, smoothing: 0.375 };
const EVEN = { currentMs: HOUR_MS, previousMs: HOUR_MS };

const countsOf = (plays: Record<string, number>): Map<TitleId, Float64Array> =>
  new Map(
    Object.entries(plays).map(([title, count]) => [
      titleId(title),
      Float64Array.of(count, 0, count * 3, count * 60, count, 0, count * 3, count * 60),
    ]),
  );
const idsOf = (ranked: readonly { titleId: TitleId }[]): string[] => ranked.map((one) => one.titleId);

test('the current window is the last full buckets and the one under way, the previous one as many before', () => {
  const now = 1000 * BUCKET_MS + 90_000;
  assert.deepEqual(trendWindows(HOUR_MS, now), {
    current: [988, 1001],
    previous: [976, 988],
    currentMs: HOUR_MS + 90_000,
    previousMs: HOUR_MS,
  });
  assert.deepEqual(trendWindows(BUCKET_MS, 1000 * BUCKET_MS).current, [999, 1001]);
  assert.throws(() => trendWindows(60_000, now), RangeError);
});

test('a title that rises comes before a larger one that is steady, and one that falls comes last', () => {
  const current = countsOf({ steady: 1000, rising: 60, falling: 100 });
  const previous = countsOf({ steady: 1000, rising: 10, falling: 300 });
  assert.deepEqual(idsOf(rankTrending(current, previous, EVEN, RULES)), ['rising', 'steady', 'falling']);
});

test('titles below the minimum activity are left out', () => {
  const ranked = rankTrending(countsOf({ one: 2, two: 3 }), countsOf({}), EVEN, RULES);
  assert.deepEqual(idsOf(ranked), ['two']);
});

test('a steady title scores 0 though the current window is longer than the one before', () => {
  assert.equal(surprise(150, 1.5 * 100, 1.5, 0), 0);
  assert.ok(Math.abs(surprise(150, 1.5 * 100, 1.5, 0.375)) < 0.02);
});

test('the score grows with the evidence behind the same ratio', () => {
  assert.ok(surprise(200, 100, 1, 0.375) > surprise(4, 2, 1, 0.375));
  assert.ok(Number.isFinite(surprise(5, 0, 1, 0.375)));
});

test('ties are broken by title id, so the order does not depend on who was counted first', () => {
  const entries = Array.from({ length: 20 }, (_, i) => [`t${i}`, 10 + (i % 3)] as const);
  fc.assert(
    fc.property(fc.shuffledSubarray([...entries], { minLength: 20 }), (shuffled) => {
      const expected = idsOf(rankTrending(countsOf(Object.fromEntries(entries)), countsOf({}), EVEN, RULES));
      const found = idsOf(rankTrending(countsOf(Object.fromEntries(shuffled)), countsOf({}), EVEN, RULES));
      assert.deepEqual(found, expected);
      assert.deepEqual(
        idsOf(rankPopular(countsOf(Object.fromEntries(shuffled)))),
        idsOf(rankPopular(countsOf(Object.fromEntries(entries)))),
      );
    }),
  );
  assert.deepEqual(idsOf(rankPopular(countsOf({ b: 5, a: 5, c: 9 }))), ['c', 'a', 'b']);
});

test('with weeks of history a title does not trend at its usual hour, and one that surges does', () => {
  const current = countsOf({ evening: 400, surging: 400, quiet: 100 });
  // At this hour of every week the one is played as much as now; the other two were always played a hundred times.
  const previous = countsOf({ evening: 60, surging: 100, quiet: 100 });
  const usual = new Map([
    ['evening', 400],
    ['surging', 100],
    ['quiet', 100],
  ]);
  const rank = (weeks: number) =>
    rankTrending(current, previous, EVEN, RULES, (title) => ({ plays: usual.get(title)!, weeks }));
  const scores = new Map(rank(4).map(({ titleId, score }) => [titleId as string, score]));
  assert.equal(rank(4)[0]?.titleId, 'surging');
  assert.ok(Math.abs(scores.get('evening')!) < 0.1);
  assert.ok(scores.get('surging')! > 10);
  // Against the window before alone it would be the first.
  assert.equal(rankTrending(current, previous, EVEN, RULES)[0]?.titleId, 'evening');
  assert.deepEqual(rank(0), rankTrending(current, previous, EVEN, RULES));
});

test('with little history the expectation lies between the window before and the weeks', () => {
  const score = (weeks: number): number => {
    const { plays, ratio } = blend(60, 1, { plays: 400, weeks });
    return surprise(400, plays, ratio, 0.375);
  };
  const scores = [0, 0.5, 1, 2, 3].map(score);
  assert.deepEqual(
    scores.toSorted((a, b) => b - a),
    scores,
  );
  assert.deepEqual(blend(60, 1, undefined), { plays: 60, ratio: 1 });
});
