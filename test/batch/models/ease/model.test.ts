import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEaseModel } from '../../../../batch/models/ease/model.ts';
import type { Interactions } from '../../../../batch/models/model.ts';
import { isMarqueeError } from '../../../../domain/errors.ts';
import {
  historyOf,
  interactionsOf,
  tasteInteractions,
  tasteOf,
  trainingData,
  trainOptions,
} from '../interactions.ts';

/** B of the paper by Gauss-Jordan elimination on plain arrays. */
function plainEase(
  { profiles, titles, rowStarts, columns, weights }: Interactions,
  lambda: number,
): number[][] {
  const x = profiles.map((_, profile) => {
    const row = titles.map(() => 0);
    for (let entry = rowStarts[profile]!; entry < rowStarts[profile + 1]!; entry++)
      row[columns[entry]!] = weights[entry]!;
    return row;
  });
  const n = titles.length;
  const rows = titles.map((_, i) => [
    ...titles.map((_t, j) => x.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? lambda : 0)),
    ...titles.map((_t, j) => (i === j ? 1 : 0)),
  ]);
  for (let k = 0; k < n; k++) {
    const pivot = rows[k]!.map((value) => value / rows[k]![k]!);
    rows.forEach((row, i) => {
      const factor = row[k]!;
      rows[i] = i === k ? pivot : row.map((value, j) => value - factor * pivot[j]!);
    });
  }
  const p = rows.map((row) => row.slice(n));
  return p.map((row, i) => row.map((value, j) => (i === j ? 0 : -value / p[j]![j]!)));
}

test('scores are those of the closed form', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      async (seed, regularisation) => {
        const interactions = tasteInteractions({ seed, profiles: 15, titles: 10, tastes: 2, plays: 4 });
        const model = createEaseModel({ regularisation });
        const scorer = model.scorer(await model.train(trainingData(interactions), trainOptions()));
        const weights = plainEase(interactions, regularisation);
        const history = historyOf(interactions, 0);
        const scores = new Float32Array(scorer.titles.length);
        scorer.score(history, scores);
        scores.forEach((score, title) => {
          const expected = [...history.columns].reduce(
            (sum, column, entry) => sum + history.weights[entry]! * weights[column]![title]!,
            0,
          );
          assert.ok(Math.abs(score - expected) < 1e-5, `${score} is not ${expected}`);
        });
      },
    ),
    { numRuns: 30 },
  );
});

test('titles of the profile’s taste come first, of more titles than one tile has', async () => {
  const interactions = tasteInteractions({ seed: 2, profiles: 500, titles: 90, tastes: 3, plays: 12 });
  const model = createEaseModel({ regularisation: 20 });
  const scorer = model.scorer(await model.train(trainingData(interactions), trainOptions()));
  const scores = new Float32Array(90);
  scorer.score(historyOf(interactions, 2), scores);
  const first = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 8);
  assert.deepEqual(new Set(first.map((title) => tasteOf(title, 3))), new Set([2]));
});

test('weights are kept furthest from 0 first, in the order of titles and ranks', async () => {
  const interactions = tasteInteractions({ seed: 4, profiles: 60, titles: 12, tastes: 2, plays: 5 });
  const [all, few] = await Promise.all(
    [50, 3].map(
      async (kept) => (await createEaseModel({ kept }).train(trainingData(interactions), trainOptions()))[0]!,
    ),
  );
  const rowsOf = (table: typeof all, most: number): unknown[] =>
    Array.from({ length: table!.rows }, (_, row) =>
      Object.fromEntries(Object.entries(table!.columns).map(([name, { values }]) => [name, values[row]])),
    ).filter((row) => Number(row['rank']) <= most);
  assert.deepEqual(rowsOf(few, 3), rowsOf(all, 3));
  assert.equal(few!.rows, 36);
  const weights = all!.columns['weight']!.values as Float32Array;
  const ranks = all!.columns['rank']!.values as Int32Array;
  for (let row = 1; row < all!.rows; row++)
    if (ranks[row]! > 1) assert.ok(Math.abs(weights[row]!) <= Math.abs(weights[row - 1]!));
});

test('more titles than fit are refused, with both numbers', async () => {
  const data = trainingData(interactionsOf({ ann: { a: 1, b: 1, c: 1 } }));
  await assert.rejects(
    createEaseModel({ mostTitles: 2 }).train(data, trainOptions()),
    /3 titles .*2 that fit/,
  );
  await assert.rejects(createEaseModel({ regularisation: 0 }).train(data, trainOptions()), (error) =>
    isMarqueeError(error, 'MODEL_INPUT_INVALID'),
  );
});

test('what the caller throws on progress ends the training', async () => {
  const interactions = tasteInteractions({ seed: 4, profiles: 50, titles: 700, tastes: 2, plays: 20 });
  const onProgress = (): never => {
    throw new Error('cancelled');
  };
  await assert.rejects(
    createEaseModel().train(trainingData(interactions), { ...trainOptions(), onProgress }),
    /cancelled/,
  );
});
