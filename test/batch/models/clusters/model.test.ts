import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClustersModel, type FactorSource } from '../../../../batch/models/clusters/model.ts';
import { ALS_DEFAULTS } from '../../../../batch/models/als/settings.ts';
import { factorTable, readFactorTable } from '../../../../batch/models/factor-table.ts';
import { columnOf, tableNamed } from '../../../../batch/models/model-tables.ts';
import type { ModelTable } from '../../../../batch/models/model.ts';
import { alsFactors } from '../../../../batch/models/models.ts';
import { createPopularityModel } from '../../../../batch/models/popularity/model.ts';
import { isMarqueeError } from '../../../../domain/errors.ts';
import {
  EMPTY_HISTORY,
  historyOf,
  interactionsOf,
  tasteInteractions,
  tasteOf,
  trainingData,
  trainOptions,
} from '../interactions.ts';

const TASTES = 3;

/** Factors that say the taste of each title, or `value` everywhere. */
const tasteSource = (value?: number): FactorSource => ({
  model: {
    ...createPopularityModel(),
    train: ({ interactions: { titles } }) =>
      Promise.resolve([
        factorTable('items', 'title_id', {
          ids: titles,
          width: TASTES,
          values: Float32Array.from(
            { length: titles.length * TASTES },
            (_, at) => value ?? (tasteOf(Math.floor(at / TASTES), TASTES) === at % TASTES ? 1 : 0),
          ),
        }),
      ]),
  },
  table: 'items',
  regularisation: { strength: 0.1, exponent: 1, unobservedWeight: 0.1 },
});

const interactions = tasteInteractions({ seed: 12, profiles: 200, titles: 30, tastes: TASTES, plays: 8 });
const model = createClustersModel(tasteSource(), { clusters: 3, kept: 10 });
const trained = (): Promise<readonly ModelTable[]> =>
  model.train(trainingData(interactions), trainOptions(4));

test('profiles of one taste are one cluster, and its best titles are of that taste', async () => {
  const tables = await trained();
  const members = columnOf('clusters', tableNamed('clusters', tables, 'centres'), 'members', 'INTEGER');
  assert.equal(
    members.reduce((sum, count) => sum + count, 0),
    200,
  );
  assert.ok(
    members.every((count) => count > 50 && count < 85),
    String(members),
  );
  const best = tableNamed('clusters', tables, 'best-titles');
  assert.equal(best.rows, 30);
  const titles = columnOf('clusters', best, 'title_id', 'VARCHAR').map((id) => Number(id?.slice(1)));
  for (const cluster of [0, 1, 2]) {
    const first = titles.slice(cluster * 10, cluster * 10 + 5).map((title) => tasteOf(title, TASTES));
    assert.equal(new Set(first).size, 1, `titles of tastes ${String(first)} in one cluster`);
  }
});

test('a score is the share of members that watched a title, drawn towards that of everybody', async () => {
  const few = interactionsOf({ ann: { a: 1 }, bob: { a: 1, b: 1 } });
  const tables = await createClustersModel(tasteSource(), { clusters: 1, strength: 2 }).train(
    trainingData(few),
    trainOptions(),
  );
  const best = tableNamed('clusters', tables, 'best-titles');
  assert.deepEqual(best.columns['score']?.values, Float32Array.of((2 + 2 * 1) / 4, (1 + 2 * 0.5) / 4));
  assert.deepEqual(best.columns['profiles']?.values, Int32Array.of(2, 1));
});

test('a profile is scored by its own cluster, and one that watched nothing by popularity', async () => {
  const scorer = model.scorer(await trained());
  const scores = new Float32Array(30);
  const first = (): number => scores.indexOf(Math.max(...scores));
  for (const profile of [0, 1, 2]) {
    scorer.score(historyOf(interactions, profile), scores);
    assert.equal(tasteOf(first(), TASTES), tasteOf(profile, TASTES));
  }
  scorer.score(EMPTY_HISTORY, scores);
  assert.ok(Math.max(...scores) <= 1e-6 && Math.max(...scores) > 0);
});

test('the same seed gives the same tables', async () => {
  assert.deepEqual(await trained(), await trained());
});

test('factors that say nothing, or are not finite, are refused', async () => {
  for (const value of [0, NaN])
    await assert.rejects(
      createClustersModel(tasteSource(value)).train(trainingData(interactions), trainOptions()),
      (error) => isMarqueeError(error, 'MODEL_INPUT_INVALID'),
    );
});

test('a training goes on from the clusters and factors of the version before', async () => {
  const als = createClustersModel(alsFactors({ ...ALS_DEFAULTS, factors: 6, iterations: 3 }), {
    clusters: 8,
  });
  const data = trainingData(interactions);
  const first = await als.train(data, trainOptions(1));
  // Other chance: whoever begins anew has other factors, and other clusters.
  const [warm, cold] = [
    await als.train(data, { ...trainOptions(2), previous: first }),
    await als.train(data, trainOptions(2)),
  ];
  const distance = (tables: readonly ModelTable[]): number => {
    const [a, b] = [first, tables].map((each) =>
      readFactorTable(tableNamed('clusters', each, 'factors'), 'title_id'),
    );
    return a!.values.reduce((sum, value, at) => sum + (value - b!.values[at]!) ** 2, 0);
  };
  assert.ok(distance(warm) < distance(cold) / 10, `${distance(warm)} and ${distance(cold)}`);
  assert.equal(tableNamed('clusters', warm, 'centres').rows, 8);
});
