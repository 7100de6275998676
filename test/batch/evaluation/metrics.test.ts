import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { coverageOf, giniOf, ndcgAt, recallAt } from '../../../batch/evaluation/metrics.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test('one relevant title counts by the place it stands at', () => {
  assert.deepEqual(
    [0, 1, 2, 9, 10].map((place) => recallAt(10, [place])),
    [1, 1, 1, 1, 0],
  );
  near(ndcgAt(10, [0]), 1);
  near(ndcgAt(10, [1]), 1 / Math.log2(3));
  near(ndcgAt(10, [2]), 0.5);
  near(ndcgAt(10, [9]), 1 / Math.log2(11));
  assert.equal(ndcgAt(10, [10]), 0);
});

test('several relevant titles are held against the best that could be', () => {
  near(recallAt(2, [0, 5, 7]), 0.5);
  near(recallAt(20, [0, 5, 30]), 2 / 3);
  // Places 0 and 2: 1 + 1/2; the best of two are places 0 and 1.
  near(ndcgAt(10, [0, 2]), 1.5 / (1 + 1 / Math.log2(3)));
  near(ndcgAt(1, [0, 1, 2]), 1);
});

test('nothing relevant is worth nothing', () => {
  assert.equal(recallAt(20, []), 0);
  assert.equal(ndcgAt(20, []), 0);
});

const places = fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 20 });

test('metrics stay between 0 and 1, and a title that moves up never makes them worse', () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 40 }), fc.nat(), (list, k, pick) => {
      const at = pick % list.length;
      const up = Math.max(0, list[at]! - 1);
      const moved = list.map((place, i) => (i === at ? up : place === up ? list[at]! : place));
      for (const metric of [recallAt, ndcgAt]) {
        const value = metric(k, list);
        assert.ok(value >= 0 && value <= 1 + 1e-12);
        if (!list.includes(up)) assert.ok(metric(k, moved) >= value - 1e-12);
        else near(metric(k, moved), value);
      }
    }),
  );
});

test('NDCG is what the sum over the whole ranking gives', () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 70 }), (list, k) => {
      const relevance = Array.from({ length: 61 }, (_, place) => (list.includes(place) ? 1 : 0));
      const dcg = (gains: readonly number[]): number =>
        gains.slice(0, k).reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
      near(ndcgAt(k, list), dcg(relevance) / dcg(relevance.toSorted((a, b) => b - a)));
    }),
  );
});

test('coverage and Gini of titles shown alike, of one that takes all, and of 1, 2, 3, 4', () => {
  assert.equal(coverageOf([2, 2, 2, 2]), 1);
  assert.equal(coverageOf([0, 8, 0, 0]), 0.25);
  near(giniOf([2, 2, 2, 2]), 0);
  near(giniOf([0, 8, 0, 0]), 0.75);
  near(giniOf([3, 1, 4, 2]), 0.25);
  assert.equal(giniOf([0, 0]), 0);
  assert.equal(coverageOf([]), 0);
});

test('Gini is half the mean absolute difference over the mean', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }), (shown) => {
      const sum = shown.reduce((total, count) => total + count, 0);
      fc.pre(sum > 0);
      const apart = shown.flatMap((a) => shown.map((b) => Math.abs(a - b)));
      const mean = apart.reduce((total, one) => total + one, 0) / apart.length;
      assert.ok(Math.abs(giniOf(shown) - mean / 2 / (sum / shown.length)) < 1e-9);
    }),
  );
});
