import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Interactions, ModelTable, Scorer } from '../../../batch/models/model.ts';
import { createPopularityModel } from '../../../batch/models/popularity/model.ts';
import { precomputeRows, profileRange } from '../../../batch/models/precompute.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { interactionsOf, tasteInteractions, trainingData, trainOptions } from './interactions.ts';

const all = ({ profiles }: Interactions) => ({ name: 'rows-00000', from: 0, to: profiles.length });

const scorerOf = (interactions: Interactions, score: Scorer['score']): Scorer => ({
  titles: interactions.titles,
  score,
});

const rowsOf = ({ rows, columns }: ModelTable): unknown[][] =>
  Array.from({ length: rows }, (_, row) => Object.values(columns).map(({ values }) => values[row]));

test('a profile gets its best titles, without those it watched, in the order of scores and then titles', async () => {
  const interactions = interactionsOf({ ann: { c: 1 }, bob: { a: 1, d: 1 } }, ['a', 'b', 'c', 'd', 'e']);
  const scorer = scorerOf(interactions, (_, scores) => {
    scores.set([1, 2, 9, 2, NaN]);
  });
  const table = await precomputeRows(scorer, interactions, all(interactions), { length: 2 });
  assert.deepEqual(Object.keys(table.columns), ['profile_id', 'row', 'rank', 'title_id', 'score']);
  assert.deepEqual(rowsOf(table), [
    ['ann', 'top-picks', 1, 'b', 2],
    ['ann', 'top-picks', 2, 'd', 2],
    ['bob', 'top-picks', 1, 'c', 9],
    ['bob', 'top-picks', 2, 'b', 2],
  ]);
});

test('ranges together give what all profiles at once give', async () => {
  const interactions = tasteInteractions({ seed: 6, profiles: 23, titles: 15, tastes: 3, plays: 4 });
  const model = createPopularityModel();
  const scorer = model.scorer(await model.train(trainingData(interactions), trainOptions()));
  const whole = rowsOf(await precomputeRows(scorer, interactions, all(interactions), { length: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (shards) => {
      const parts: unknown[][] = [];
      for (let shard = 0; shard < shards; shard++) {
        const range = profileRange(23, shard, shards);
        assert.ok(range.to - range.from <= Math.ceil(23 / shards));
        parts.push(...rowsOf(await precomputeRows(scorer, interactions, range, { length: 5 })));
      }
      assert.deepEqual(parts, whole);
    }),
  );
});

test('no profiles, profiles that watched nothing, and profiles that watched everything make no rows', async () => {
  for (const interactions of [
    interactionsOf({}, ['a']),
    interactionsOf({ ann: {} }, ['a']),
    interactionsOf({ ann: { a: 1 } }),
    interactionsOf({}),
  ]) {
    const table = await precomputeRows(
      scorerOf(interactions, (_, scores) => scores.fill(1)),
      interactions,
      profileRange(interactions.profiles.length, 0, 1),
      { length: 5 },
    );
    assert.equal(table.rows, 0);
  }
});

test('a scorer of other titles is refused, and so is a shard that there is none of', async () => {
  const interactions = interactionsOf({ ann: { a: 1, b: 1 } });
  const other = scorerOf(interactionsOf({ ann: { a: 1, c: 1 } }), () => undefined);
  await assert.rejects(precomputeRows(other, interactions, all(interactions), { length: 5 }), (error) =>
    isMarqueeError(error, 'MODEL_INPUT_INVALID'),
  );
  for (const [shard, shards] of [
    [0, 0],
    [-1, 2],
    [2, 2],
    [0.5, 2],
  ] as const)
    assert.throws(() => profileRange(5, shard, shards), RangeError);
});
