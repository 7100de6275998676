import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../domain/random.ts';
import { createBestTitles, dotScores } from '../../domain/scores.ts';

test('every title gets its dot product, whatever the number of titles and factors', () => {
  fc.assert(
    fc.property(fc.nat(13), fc.integer({ min: 1, max: 9 }), fc.nat(), (titles, width, seed) => {
      const random = createRandom(seed);
      const items = Float32Array.from({ length: titles * width }, () => random.next() - 0.5);
      const query = Float32Array.from({ length: width }, () => random.next() - 0.5);
      const scores = new Float32Array(titles).fill(NaN);
      dotScores(items, width, query, scores);
      const plain = Array.from({ length: titles }, (_, title) =>
        query.reduce((sum, factor, k) => sum + factor * items[title * width + k]!, 0),
      );
      assert.deepEqual([...scores], plain.map(Math.fround));
    }),
  );
});

/** Few values, so that ties are many. */
const score = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, -Infinity, Infinity) },
);

test('the best are those that a stable sort of all puts first', () => {
  fc.assert(
    fc.property(fc.array(score), fc.nat(12), fc.uniqueArray(fc.nat(30)), (scores, limit, left) => {
      const leftOut = Uint32Array.from(left).sort();
      const best = createBestTitles(limit);
      best.select(
        Float32Array.from(scores, () => 2),
        scores.length,
      );
      const size = best.select(Float32Array.from(scores), scores.length, leftOut);
      const plain = scores
        .map((value, title) => ({ value, title }))
        .filter(({ value, title }) => value > -Infinity && !left.includes(title))
        .sort((a, b) => (a.value === b.value ? a.title - b.title : b.value - a.value))
        .slice(0, limit);
      assert.deepEqual(
        [...best.titles.subarray(0, size)],
        plain.map(({ title }) => title),
      );
      assert.deepEqual(
        [...best.scores.subarray(0, size)],
        plain.map(({ value }) => value),
      );
    }),
    { numRuns: 500 },
  );
});

test('only the first scores are looked at, and a number of titles that is none is refused', () => {
  const best = createBestTitles(3);
  assert.equal(best.select(Float32Array.of(1, 2, 9, 9), 2), 2);
  assert.deepEqual([...best.titles.subarray(0, 2)], [1, 0]);
  assert.throws(() => createBestTitles(-1), RangeError);
  assert.throws(() => createBestTitles(1.5), RangeError);
});
