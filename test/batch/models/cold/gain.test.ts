import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createAlsModel } from '../../../../batch/models/als/model.ts';
import { ALS_DEFAULTS } from '../../../../batch/models/als/settings.ts';
import {
  COLD_METHODS,
  measureColdGain,
  type ColdGain,
  type ColdMethod,
} from '../../../../batch/models/cold/gain.ts';
import { alsFactors } from '../../../../batch/models/models.ts';
import { interactionsOf, tasteInteractions, trainingData } from '../interactions.ts';

const TASTES = 4;
const source = alsFactors({ ...ALS_DEFAULTS, factors: 8, iterations: 6 });
const interactions = tasteInteractions({ seed: 31, profiles: 300, titles: 160, tastes: TASTES, plays: 20 });
const measure = (seed: number): Promise<ColdGain[]> =>
  measureColdGain(source, trainingData(interactions, TASTES), { seed, threads: 0, share: 0.2 });

let gains: ColdGain[] = [];
before(async () => {
  gains = await measure(1);
});

const of = (left: number, method: ColdMethod): ColdGain =>
  gains.find((gain) => gain.left === left && gain.method === method)!;

test('every method is asked the same pairs, whatever the titles were left with', () => {
  assert.equal(gains.length, 4 * COLD_METHODS.length);
  assert.equal(new Set(gains.map(({ asked }) => asked)).size, 1);
  assert.ok(gains[0]!.asked > 200);
});

test('content finds the taste of titles that nobody watched, where no factors find nothing', () => {
  assert.ok(of(0, 'content').percentile < 0.35, `${of(0, 'content').percentile}`);
  assert.ok(of(0, 'content').percentile < of(0, 'none').percentile - 0.1);
  assert.equal(of(0, 'none').percentileAmongNew, 0.5);
  assert.equal(of(0, 'moved').percentile, of(0, 'content').percentile);
});

test('the more a new title was watched, the better its factors, without pushing other titles out', () => {
  assert.ok(of(10, 'moved').percentile < of(0, 'moved').percentile - 0.03);
  assert.ok(of(10, 'moved').percentile < of(10, 'foldedIn').percentile - 0.03);
  assert.ok(of(10, 'moved').newOf100 < of(0, 'moved').newOf100 + 0.05);
});

test('where content says nothing, ten plays find the taste of a title', async () => {
  const bare = await measureColdGain(source, trainingData(interactions, 1), {
    seed: 1,
    threads: 0,
    share: 0.2,
    left: [0, 10],
  });
  const amongNew = (left: number): number =>
    bare.find((gain) => gain.left === left && gain.method === 'moved')!.percentileAmongNew;
  assert.ok(amongNew(0) > 0.45, `${amongNew(0)}`);
  assert.ok(amongNew(10) < 0.25, `${amongNew(10)}`);
});

test('the same seed gives the same answer, another one another', async () => {
  assert.deepEqual(await measure(1), gains);
  assert.notDeepEqual(await measure(2), gains);
});

test('without any title to make new nothing is asked', async () => {
  const few = interactionsOf({ ann: { a: 1, b: 1 }, bob: { a: 1 } });
  const found = await measureColdGain(source, trainingData(few), { seed: 1, threads: 0 });
  assert.ok(found.every(({ asked, percentile }) => asked === 0 && percentile === 0));
});

test('the model is never told of plays that it is asked for', async () => {
  const seen: number[] = [];
  const als = createAlsModel({ factors: 8, iterations: 1 });
  const model: typeof als = {
    ...als,
    train: (data, options) => {
      seen.push(data.interactions.columns.length);
      return als.train(data, options);
    },
  };
  const [first] = await measureColdGain({ ...source, model }, trainingData(interactions, TASTES), {
    seed: 1,
    threads: 0,
    share: 0.2,
  });
  assert.equal(seen.length, 1);
  assert.ok(seen[0]! + first!.asked <= interactions.columns.length);
});
