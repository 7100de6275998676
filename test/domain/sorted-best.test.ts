import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addTitle, emptyTitleSet } from '../../domain/ranking/types.ts';
import { createSortedBest, MOST_SORTED } from '../../domain/sorted-best.ts';

const score = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-45, -1e-45),
  fc.float(),
  fc.integer({ min: -3, max: 3 }),
);

test('the best of a set are those that sorting all of it gives', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(score, fc.boolean()), { maxLength: 200 }), fc.nat(250), (titles, limit) => {
      const scores = Float32Array.from(titles, ([one]) => one);
      const among = emptyTitleSet(titles.length);
      titles.forEach(([, isIn], title) => isIn && addTitle(among, title));
      const best = createSortedBest(limit, titles.length);
      const wanted = [...titles.keys()]
        .filter((title) => titles[title]![1] && scores[title]! > -Infinity)
        .sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b]! - scores[a]!))
        .slice(0, limit);
      for (let turn = 0; turn < 2; turn++) {
        const found = best.select(scores, among);
        assert.deepEqual([...found.titles], wanted);
        assert.deepEqual(
          [...found.scores],
          wanted.map((title) => scores[title]),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('more titles than a key has room for are refused', () => {
  assert.throws(() => createSortedBest(1, MOST_SORTED + 1), RangeError);
});
