import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlsModel } from '../../../../batch/models/als/model.ts';
import { alsSettings, type AlsSettings } from '../../../../batch/models/als/settings.ts';
import { readAlsSettings } from '../../../../batch/models/als/tables.ts';
import { createRecentModel } from '../../../../batch/models/recent.ts';
import type { Interactions, ModelTable, Scorer } from '../../../../batch/models/model.ts';
import { createRandom } from '../../../../domain/random.ts';
import {
  historyOf,
  interactionsOf,
  tasteInteractions,
  tasteOf,
  trainingData,
  trainOptions,
} from '../interactions.ts';

const SMALL = { factors: 8, iterations: 4 } as const;

const train = (
  interactions: Interactions,
  given: Partial<AlsSettings> = SMALL,
  options = trainOptions(),
): Promise<readonly ModelTable[]> => createAlsModel(given).train(trainingData(interactions), options);

const numbersOf = (tables: readonly ModelTable[]): number[] =>
  tables.flatMap(({ columns }) =>
    Object.values(columns).flatMap((column) => (column.type === 'VARCHAR' ? [] : [...column.values])),
  );

const invalid = { code: 'MODEL_INPUT_INVALID' };

test('nothing to learn from is refused', async () => {
  await assert.rejects(train(interactionsOf({})), invalid);
  await assert.rejects(train(interactionsOf({ p1: {} }, ['t1'])), invalid);
});

test('one event is learnt from: its title is the best of its profile', async () => {
  const tables = await train(interactionsOf({ p1: { t2: 1 } }, ['t1', 't2', 't3']));
  assert.ok(numbersOf(tables).every(Number.isFinite));
  const scores = new Float32Array(3);
  createAlsModel(SMALL)
    .scorer(tables)
    .score({ columns: Uint32Array.of(1), weights: Float32Array.of(1), times: Float64Array.of(0) }, scores);
  assert.ok(scores[1]! > 0.5 && scores[0] === 0 && scores[2] === 0, scores.join());
});

test('one title and many profiles, and one profile and many titles', async () => {
  for (const interactions of [
    interactionsOf({ p1: { t1: 1 }, p2: { t1: 2 }, p3: {} }),
    interactionsOf({ p1: { t1: 1, t2: 1, t3: 2 } }),
  ])
    assert.ok(numbersOf(await train(interactions)).every(Number.isFinite));
});

test('weights too large for the kernels are solved in 64 bits, or refused; no factor is not a number', async () => {
  for (const weight of [1e18, 1e30, 3e38]) {
    const interactions = interactionsOf({ p1: { t1: weight, t2: 1 }, p2: { t2: 1e-30, t3: 1 } });
    const numbers = await train(interactions).then(numbersOf, (error: unknown) => {
      assert.equal((error as { code?: string }).code, invalid.code);
      return [];
    });
    assert.ok(numbers.every(Number.isFinite), `weight ${weight}`);
  }
});

test('settings out of range are refused', () => {
  for (const given of [
    { factors: 0 },
    { factors: 1.5 },
    { iterations: 0 },
    { unobservedWeight: 0 },
    { deviation: NaN },
    { regularisation: { strength: 0, exponent: 1 } },
    { regularisation: { strength: 1, exponent: -1 } },
    { recency: { fade: 1.1, floor: 0 } },
    { recency: { fade: 0.9, floor: NaN } },
  ])
    assert.throws(() => alsSettings(given), invalid, JSON.stringify(given));
});

test('profiles score the titles of their taste above others, also those that they did not watch', async () => {
  const interactions = tasteInteractions({ seed: 3, profiles: 300, titles: 60, tastes: 3, plays: 15 });
  const scorer = createAlsModel(SMALL).scorer(await train(interactions));
  const scores = new Float32Array(60);
  let right = 0;
  for (let profile = 0; profile < 300; profile++) {
    const [from, to] = [interactions.rowStarts[profile]!, interactions.rowStarts[profile + 1]!];
    const columns = interactions.columns.subarray(from, to);
    scorer.score(
      {
        columns,
        weights: interactions.weights.subarray(from, to),
        times: interactions.times.subarray(from, to),
      },
      scores,
    );
    const unseen = [...scores.keys()].filter((title) => !columns.includes(title));
    const best = unseen.reduce((a, b) => (scores[b]! > scores[a]! ? b : a));
    if (
      tasteOf(numberOf(interactions.titles[best]!), 3) ===
      tasteOf(numberOf(interactions.profiles[profile]!), 3)
    )
      right += 1;
  }
  assert.ok(right > 270, `${right} of 300`);
});

const numberOf = (id: string): number => Number(id.replace(/\D/g, ''));

test('the same seed gives the same tables, and another seed others', async () => {
  const interactions = tasteInteractions({ seed: 3, profiles: 100, titles: 40, tastes: 3, plays: 10 });
  const seeded = (seed: number) =>
    train(interactions, SMALL, { ...trainOptions(), random: createRandom(seed) });
  assert.deepEqual(await seeded(1), await seeded(1));
  assert.notDeepEqual(await seeded(1), await seeded(2));
});

test('a warm start goes on from the previous factors, whatever titles came and went', async () => {
  const interactions = tasteInteractions({ seed: 3, profiles: 200, titles: 40, tastes: 3, plays: 12 });
  const cold = await train(interactions, { ...SMALL, iterations: 12 });
  const previous = await train(interactions, { ...SMALL, iterations: 11 });
  const warm = await train(interactions, { ...SMALL, iterations: 1 }, { ...trainOptions(), previous });
  assert.deepEqual(warm, cold);

  const others = interactionsOf({ p1: { new: 1, 't-gone': 1 }, p2: { new: 1 } });
  assert.ok(numbersOf(await train(others, SMALL, { ...trainOptions(), previous })).every(Number.isFinite));
  const wider = await train(interactions, { factors: 16, iterations: 1 }, { ...trainOptions(), previous });
  assert.ok('f15' in wider[0]!.columns);
});

test('tables are ordered by their keys and of the widths that they say', async () => {
  const tables = await train(interactionsOf({ p1: { b: 1, a: 1 }, p2: { c: 1 } }), {
    factors: 3,
    iterations: 2,
  });
  const [items, gram, settings] = tables;
  assert.deepEqual(
    tables.map(({ name, rows }) => [name, rows]),
    [
      ['items', 3],
      ['gram', 3],
      ['settings', 5],
    ],
  );
  assert.deepEqual(Object.keys(items!.columns), ['title_id', 'f0', 'f1', 'f2']);
  assert.deepEqual(items!.columns['title_id']!.values, ['a', 'b', 'c']);
  assert.deepEqual(Object.keys(gram!.columns), ['factor', 'g0', 'g1', 'g2']);
  const names = settings!.columns['name']!.values as readonly string[];
  assert.deepEqual(names, names.toSorted());
});

test('a version that was told of recency is the one of a model that is told from outside, and says so itself', async () => {
  const interactions = tasteInteractions({ seed: 5, profiles: 60, titles: 30, tastes: 3, plays: 10 });
  const recency = { fade: 0.5, floor: 0.1 };
  const told = createAlsModel({ ...SMALL, recency });
  const wrapped = createRecentModel(createAlsModel(SMALL), { learning: recency, asking: recency });
  const [own, others] = [
    await told.train(trainingData(interactions), trainOptions()),
    await wrapped.train(trainingData(interactions), trainOptions()),
  ];
  assert.deepEqual(own.slice(0, 2), others.slice(0, 2));
  assert.deepEqual(readAlsSettings(own).recency, recency);
  assert.equal(readAlsSettings(others).recency, undefined);
  const scoresOf = (scorer: Scorer): Float32Array => {
    const scores = new Float32Array(30);
    scorer.score(historyOf(interactions, 7), scores);
    return scores;
  };
  // Whatever model reads it: what it needs is in the version.
  assert.deepEqual(scoresOf(createAlsModel(SMALL).scorer(own)), scoresOf(wrapped.scorer(others)));
  assert.notDeepEqual(
    scoresOf(createAlsModel(SMALL).scorer(own)),
    scoresOf(createAlsModel(SMALL).scorer(others)),
  );
});
