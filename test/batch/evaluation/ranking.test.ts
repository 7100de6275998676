import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeOf } from '../../../batch/evaluation/ranking.ts';

const none = new Uint8Array(6);

test('titles stand by falling score, those of equal score by their order, and those without a score last', () => {
  const scores = Float32Array.of(1, 3, NaN, 3, -Infinity, NaN);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((title) => placeOf(scores, title, none)),
    [2, 0, 4, 1, 3, 5],
  );
});

test('what is left out takes no place', () => {
  const scores = Float32Array.of(1, 3, 2, 3, 0, 0);
  assert.equal(placeOf(scores, 0, Uint8Array.of(0, 1, 0, 1, 0, 0)), 1);
  assert.equal(placeOf(scores, 0, Uint8Array.of(0, 1, 1, 1, 1, 1)), 0);
});

test('a place is the one that sorting all titles gives', () => {
  const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity));
  const titles = fc.array(fc.tuple(score, fc.boolean()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(titles, (list) => {
      const scores = Float32Array.from(list, ([value]) => value);
      const leftOut = Uint8Array.from(list, ([, left]) => (left ? 1 : 0));
      const value = (title: number): number =>
        Number.isNaN(scores[title]!) ? -1e9 : Math.max(-1e8, Math.min(1e8, scores[title]!));
      const sorted = list
        .map((_, title) => title)
        .filter((title) => leftOut[title] === 0)
        .sort((a, b) => value(b) - value(a) || a - b);
      sorted.forEach((title, place) => assert.equal(placeOf(scores, title, leftOut), place));
    }),
  );
});
