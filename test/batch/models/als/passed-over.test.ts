/** What was passed over: what it does to factors, and what is not to be changed by it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sidesOf } from '../../../../batch/models/als/both-sides.ts';
import { firstFactors } from '../../../../batch/models/als/first-factors.ts';
import { createLocalTraining, type LocalTraining } from '../../../../batch/models/als/local-training.ts';
import { ridgesOf, rowsOf } from '../../../../batch/models/als/matrix.ts';
import { createAlsModel } from '../../../../batch/models/als/model.ts';
import { alsSettings, type AlsSettings } from '../../../../batch/models/als/settings.ts';
import type { ModelTable, SparseRows } from '../../../../batch/models/model.ts';
import { createRandom } from '../../../../domain/random.ts';
import { interactionsOf, tasteInteractions, trainingData, trainOptions } from '../interactions.ts';
import { solveDense } from './dense.ts';
import { somewhatPassedOver } from './somewhat-passed-over.ts';

const FACTORS = 20;
const interactions = tasteInteractions({ seed: 5, profiles: 600, titles: 200, tastes: 8, plays: 16 });
const passedOver = somewhatPassedOver(interactions, 6);
const NOTHING: SparseRows = {
  rowStarts: new Uint32Array(interactions.profiles.length + 1),
  columns: new Uint32Array(0),
  weights: new Float32Array(0),
};

function open(given: Partial<AlsSettings>, threads = 0): Promise<LocalTraining> {
  const settings = alsSettings({ factors: FACTORS, ...given });
  return createLocalTraining({
    ...sidesOf({ interactions, passedOver }, settings),
    first: firstFactors(interactions.titles, settings, createRandom(1)),
    settings,
    threads,
  });
}

const train = (
  rows: SparseRows | undefined,
  given: Partial<AlsSettings> = {},
  of = interactions,
): Promise<readonly ModelTable[]> =>
  createAlsModel({ factors: FACTORS, iterations: 3, ...given }).train(
    { ...trainingData(of), passedOver: rows },
    trainOptions(),
  );

for (const solver of ['exact', 'conjugate-gradient'] as const) {
  test(`the loss falls with each iteration (${solver})`, async () => {
    const training = await open({ solver });
    const losses: number[] = [];
    for (let iteration = 0; iteration < 8; iteration++) {
      await training.iterate();
      losses.push(training.loss());
    }
    await training.close();
    losses.slice(1).forEach((loss, before) => {
      assert.ok(loss < losses[before]!, `${loss} after ${losses[before]}`);
    });
  });

  test(`nothing passed over, or nothing of it counted, is what training without is, byte for byte (${solver})`, async () => {
    const without = await train(undefined, { solver });
    assert.deepEqual(await train(NOTHING, { solver }), without);
    assert.deepEqual(await train(passedOver, { solver, passedOver: 0 }), without);
    assert.notDeepEqual(await train(passedOver, { solver }), without);
  });

  test(`the scores of what was passed over fall, the more it counts the lower (${solver})`, async () => {
    const means: number[] = [];
    for (const counted of [0, 0.5, 1, 4]) {
      const training = await open({ solver, passedOver: counted });
      for (let iteration = 0; iteration < 6; iteration++) await training.iterate();
      const { profiles, titles } = training.factors();
      await training.close();
      let sum = 0;
      passedOver.rowStarts.slice(1).forEach((end, profile) => {
        for (let entry = passedOver.rowStarts[profile]!; entry < end; entry++)
          for (let k = 0; k < FACTORS; k++)
            sum += profiles[profile * FACTORS + k]! * titles[passedOver.columns[entry]! * FACTORS + k]!;
      });
      means.push(sum / passedOver.columns.length);
    }
    means.slice(1).forEach((mean, before) => {
      assert.ok(mean < means[before]!, means.join());
    });
  });
}

test('every row of titles solves its normal equations, held back by what was watched of it', async () => {
  const settings = alsSettings({ factors: FACTORS, passedOver: 2 });
  const training = await open({ passedOver: 2 });
  await training.iterate();
  const { profiles, titles } = training.factors();
  await training.close();
  const side = sidesOf({ interactions, passedOver }, settings).titles;
  const ridges = ridgesOf(sidesOf({ interactions }, settings).titles, interactions.profiles.length, settings);
  for (let row = 0; row < interactions.titles.length; row += 17) {
    const { columns, strengths } = rowsOf(side, row, row + 1);
    assert.ok(strengths.some((strength) => strength < 0) && strengths.some((strength) => strength > 0));
    const expected = solveDense(profiles, FACTORS, columns, strengths, ridges[row]!);
    const scale = Math.max(...expected.map(Math.abs));
    for (let k = 0; k < FACTORS; k++)
      assert.ok(
        Math.abs(titles[row * FACTORS + k]! - expected[k]!) < 1e-4 * scale,
        `row ${row}, factor ${k}`,
      );
  }
});

test('the loss is the sum over all pairs, and what holds each row back', async () => {
  const settings = alsSettings({ factors: FACTORS });
  const training = await open({});
  await training.iterate();
  const { profiles, titles } = training.factors();
  const loss = training.loss();
  await training.close();
  const sides = sidesOf({ interactions, passedOver }, settings);
  const [profileCount, titleCount] = [interactions.profiles.length, interactions.titles.length];
  const ridges = {
    profiles: ridgesOf(sides.profiles, titleCount, settings),
    titles: ridgesOf(sides.titles, profileCount, settings),
  };
  let expected = 0;
  for (let profile = 0; profile < profileCount; profile++) {
    const { columns, strengths } = rowsOf(sides.profiles, profile, profile + 1);
    const given = new Map(Array.from(columns, (column, at) => [column, strengths[at]!]));
    for (let title = 0; title < titleCount; title++) {
      let score = 0;
      for (let k = 0; k < FACTORS; k++)
        score += profiles[profile * FACTORS + k]! * titles[title * FACTORS + k]!;
      const strength = given.get(title) ?? 0;
      expected += (1 + Math.abs(strength)) * ((strength > 0 ? 1 : 0) - score) ** 2;
    }
  }
  profiles.forEach((x, at) => (expected += ridges.profiles[Math.floor(at / FACTORS)]! * x ** 2));
  titles.forEach((y, at) => (expected += ridges.titles[Math.floor(at / FACTORS)]! * y ** 2));
  assert.ok(Math.abs(loss / expected - 1) < 1e-9, `${loss} instead of ${expected}`);
});

test('enough conjugate-gradient steps give what the exact solver gives', async () => {
  const trainings = [await open({}), await open({ solver: 'conjugate-gradient', steps: 60 })];
  for (const training of trainings) await training.iterate();
  const [exact, approached] = trainings.map((training) => training.loss());
  await Promise.all(trainings.map((training) => training.close()));
  assert.ok(Math.abs(approached! / exact! - 1) < 1e-4, `${approached} and ${exact}`);
});

test('threads do not change a byte', async () => {
  const results = [];
  for (const threads of [0, 2]) {
    const training = await open({}, threads);
    await training.iterate();
    results.push(training.factors());
    await training.close();
  }
  assert.deepEqual(results[1], results[0]);
});

test('both sides hold the same entries, each once, and a weight means the same in both lists', () => {
  const watched = interactionsOf({ p1: { a: 1, c: 2 }, p2: { b: 3 } });
  const rows = interactionsOf({ p1: { b: 0.5 }, p2: { a: 1, c: 0.25 } });
  const settings = { unobservedWeight: 0.5, passedOver: 2 };
  const { profiles, titles } = sidesOf({ interactions: watched, passedOver: rows }, settings);
  assert.deepEqual([...profiles.rowStarts], [0, 3, 6]);
  assert.deepEqual([...profiles.columns], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...profiles.strengths], [2, -2, 4, -4, 6, -1]);
  assert.deepEqual([...titles.rowStarts], [0, 2, 4, 6]);
  assert.deepEqual([...titles.columns], [0, 1, 0, 1, 0, 1]);
  assert.deepEqual([...titles.strengths], [2, -4, -2, 6, 4, -1]);
});

for (const solver of ['exact', 'conjugate-gradient'] as const)
  test(`a title that was only passed over has no factors, nor has a profile that watched nothing (${solver})`, async () => {
    const watched = interactionsOf({ p1: { a: 1 }, p2: { b: 1 }, p3: {} }, ['a', 'b', 'only-passed']);
    const rows = interactionsOf({ p1: { 'only-passed': 1 }, p2: { a: 1, 'only-passed': 1 }, p3: { a: 1 } }, [
      'a',
      'b',
      'only-passed',
    ]);
    const settings = { factors: 8, iterations: 3, solver };
    const [items] = await train(rows, settings, watched);
    const values = Object.values(items!.columns).slice(1) as { values: Float32Array }[];
    assert.ok(values.every((column) => column.values[2] === 0));
    assert.ok(values.some((column) => column.values[0] !== 0));
    assert.ok(values.every((column) => column.values.every(Number.isFinite)));
    const { profiles } = sidesOf({ interactions: watched, passedOver: rows }, alsSettings(settings));
    assert.deepEqual([...profiles.rowStarts], [0, 1, 3, 3]);
  });

test('a weight too small for its sign is left out, not taken for watched', () => {
  const watched = interactionsOf({ p1: { a: 1 }, p2: { b: 1 } });
  const rows = interactionsOf({ p1: { b: 1e-45 }, p2: {} }, ['a', 'b']);
  const settings = { unobservedWeight: 1, passedOver: 0.1 };
  const { profiles } = sidesOf({ interactions: watched, passedOver: rows }, settings);
  assert.deepEqual([...profiles.strengths], [1, 1]);
});

test('weights too large for the kernels are solved in 64 bits, or refused; no factor is not a number', async () => {
  for (const weight of [1e18, 1e30, 3e38]) {
    const watched = interactionsOf({ p1: { a: 1 }, p2: { a: 1, b: 1 } });
    const rows = interactionsOf({ p1: { b: weight }, p2: {} }, ['a', 'b']);
    const [items] = await train(rows, { factors: 8 }, watched).catch((error: unknown) => {
      assert.equal((error as { code?: string }).code, 'MODEL_INPUT_INVALID');
      return [];
    });
    const columns = Object.values(items?.columns ?? {}) as { values: Float32Array }[];
    assert.ok(
      columns.slice(1).every(({ values }) => values.every(Number.isFinite)),
      `weight ${weight}`,
    );
  }
});

test('rows that are torn, out of range, or of what was watched are refused', async () => {
  const watched = interactionsOf({ p1: { a: 1 }, p2: { b: 1 } });
  const row = (columns: number[], weights: number[], rowStarts = [0, columns.length, columns.length]) => ({
    rowStarts: Uint32Array.from(rowStarts),
    columns: Uint32Array.from(columns),
    weights: Float32Array.from(weights),
  });
  for (const rows of [
    row([0], [1]),
    row([2], [1]),
    row([1, 1], [1, 1]),
    row([1], [0]),
    row([1], [-1]),
    row([1], [NaN]),
    row([1], [Infinity]),
    row([1], []),
    row([1], [1], [0, 1]),
    row([1], [1], [0, 2, 1]),
    row([1], [1], [0, 0, 0]),
  ])
    await assert.rejects(
      train(rows, {}, watched),
      { code: 'MODEL_INPUT_INVALID' },
      JSON.stringify([...rows.rowStarts, ...rows.columns, ...rows.weights]),
    );
  await train(row([1], [1]), {}, watched);
  for (const share of [-1, NaN, Infinity])
    assert.throws(() => alsSettings({ passedOver: share }), { code: 'MODEL_INPUT_INVALID' });
});
