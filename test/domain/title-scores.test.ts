import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../domain/random.ts';
import { dotScores } from '../../domain/scores.ts';
import { createScoringKernel } from '../../domain/scoring-kernel.ts';
import { createPlainTitleScores, createTitleScores } from '../../domain/title-scores.ts';

const factors = (count: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.next() - 0.5);
};

test('this machine has the kernel, so that the tests below are of it', () => {
  assert.ok(createScoringKernel(100_000)!.buffer.byteLength >= 100_000);
});

test('scores are the same to the last bit with vectors and without, for any number of titles and factors', () => {
  fc.assert(
    fc.property(fc.nat(70), fc.integer({ min: 1, max: 40 }), fc.nat(), (titles, width, seed) => {
      const items = factors(titles * width, seed);
      const [fast, plain] = [createTitleScores(items, width), createPlainTitleScores(items, width)];
      assert.equal(fast.titles, titles);
      for (const next of [1, 2]) {
        const query = factors(width, seed + next);
        const [first, second] = [new Float32Array(titles), new Float32Array(titles)];
        fast.score(query, first);
        plain.score(query, second);
        assert.deepEqual(first, second);
      }
    }),
  );
});

test('scores are those of 64 bits but for rounding', () => {
  const items = factors(1000 * 64, 1);
  const query = factors(64, 2);
  const [fast, exact] = [new Float32Array(1000), new Float32Array(1000)];
  createTitleScores(items, 64).score(query, fast);
  dotScores(items, 64, query, exact);
  fast.forEach((score, title) => assert.ok(Math.abs(score - exact[title]!) < 1e-5));
});

test('a factor that is NaN spoils its own title alone, and only as long as it is asked with', () => {
  const items = factors(40 * 3, 5);
  items[7 * 3 + 1] = NaN;
  const scores = new Float32Array(40);
  const titles = createTitleScores(items, 3);
  titles.score(Float32Array.of(NaN, 1, 1), scores);
  assert.ok(scores.every(Number.isNaN));
  titles.score(Float32Array.of(1, 2, 3), scores);
  assert.deepEqual(
    [...scores.keys()].filter((title) => Number.isNaN(scores[title])),
    [7],
  );
});

test('factors and queries of another width are refused', () => {
  assert.throws(() => createTitleScores(new Float32Array(7), 2), RangeError);
  assert.throws(() => createTitleScores(new Float32Array(0), 0), RangeError);
  for (const create of [createTitleScores, createPlainTitleScores])
    assert.throws(
      () => create(new Float32Array(4), 2).score(new Float32Array(3), new Float32Array(2)),
      RangeError,
    );
});
