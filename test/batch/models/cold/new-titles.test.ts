import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldInNewTitles } from '../../../../batch/models/cold/new-titles.ts';
import type { FactorRows } from '../../../../batch/models/factor-table.ts';
import { createWeightedFoldIn } from '../../../../domain/fold-in.ts';
import { createRandom } from '../../../../domain/random.ts';
import { historyOf, interactionsOf, name, tasteInteractions, trainingData } from '../interactions.ts';

const WIDTH = 3;
const regularisation = { strength: 0.05, exponent: 1, unobservedWeight: 0.2 };
const interactions = tasteInteractions({ seed: 4, profiles: 30, titles: 12, tastes: 3, plays: 5 });
const data = trainingData(interactions, 3);

/** Factors by chance for all titles but the last `unknown`. */
function knownFactors(unknown: number): FactorRows {
  const ids = interactions.titles.slice(0, interactions.titles.length - unknown);
  const random = createRandom(8);
  return {
    ids,
    width: WIDTH,
    values: Float32Array.from({ length: ids.length * WIDTH }, () => random.next() - 0.3),
  };
}

/** Factors of every profile from the known titles it watched, and the weight of the new title in each. */
function profileSides(known: FactorRows, column: number) {
  const foldIn = createWeightedFoldIn(known, regularisation);
  return interactions.profiles.map((_, profile) => {
    const { columns, weights } = historyOf(interactions, profile);
    const held = [...columns.keys()].filter((entry) => columns[entry]! < known.ids.length);
    const x = new Float32Array(WIDTH);
    foldIn.solve(
      Uint32Array.from(held, (entry) => columns[entry]!),
      Float32Array.from(held, (entry) => weights[entry]!),
      held.length,
      x,
    );
    const at = columns.indexOf(column);
    return { x, weight: at < 0 || held.length === 0 ? 0 : weights[at]! / regularisation.unobservedWeight };
  });
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

test('new titles are those that the version does not know, in order, with their watchers', async () => {
  const found = await foldInNewTitles(knownFactors(2), regularisation, data);
  assert.deepEqual([...found.columns], [10, 11]);
  const counted = [10, 11].map((column) => interactions.columns.filter((other) => other === column).length);
  assert.deepEqual([...found.profiles], counted);
});

test('moved factors are where the loss is least that holds others at what content says', async () => {
  const known = knownFactors(2);
  const { columns, content, moved } = await foldInNewTitles(known, regularisation, data);
  columns.forEach((column, row) => {
    const [m, y] = [content, moved].map((values) => values.subarray(row * WIDTH, (row + 1) * WIDTH));
    const sides = profileSides(known, column);
    const watched = sides.filter(({ weight }) => weight > 0).length;
    assert.ok(watched > 0);
    const { strength, unobservedWeight } = regularisation;
    const ridge = (strength * (watched + unobservedWeight * sides.length)) / unobservedWeight;
    for (let k = 0; k < WIDTH; k++) {
      const slope = sides.reduce(
        (sum, { x, weight }) => sum + (dot(x, y!) - dot(x, m!)) * x[k]! + weight * (dot(x, y!) - 1) * x[k]!,
        ridge * (y![k]! - m![k]!),
      );
      assert.ok(Math.abs(slope) < 1e-3, `${slope}`);
    }
  });
});

test('a title that nobody watched has what content says, and nothing is folded in', async () => {
  const watched = interactionsOf({ ann: { t0000: 1, t0001: 1 } }, [...interactions.titles]);
  const found = await foldInNewTitles(knownFactors(2), regularisation, trainingData(watched, 3));
  assert.deepEqual([...found.profiles], [0, 0]);
  assert.deepEqual(found.moved, found.content);
  assert.ok(found.content.some((value) => value !== 0));
  assert.ok(found.foldedIn.every((value) => value === 0));
});

test('profiles that watched new titles only prove nothing', async () => {
  const watched = interactionsOf({ ann: { [name('t', 11)]: 1 } }, [...interactions.titles]);
  const found = await foldInNewTitles(knownFactors(1), regularisation, trainingData(watched, 3));
  assert.deepEqual([...found.profiles], [0]);
  assert.deepEqual(found.moved, found.content);
});

test('where every title is known nothing is made', async () => {
  const none = await foldInNewTitles(knownFactors(0), regularisation, data);
  assert.equal(none.columns.length, 0);
  assert.equal(none.moved.length, 0);
});
