import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History, Interactions, Model } from '../../../batch/models/model.ts';
import { createRecentModel } from '../../../batch/models/recent.ts';
import { viewName } from '../../../domain/views.ts';
import { historyOf, interactionsOf, trainingData, trainOptions } from './interactions.ts';

const HALF = { fade: 0.5, floor: 0 };

/** Keeps what it was shown. */
function createWitness() {
  const seen: { learnt?: Interactions; asked?: History } = {};
  const model: Model = {
    name: 'witness',
    view: viewName('witness'),
    train(data) {
      seen.learnt = data.interactions;
      return Promise.resolve([]);
    },
    scorer: () => ({
      titles: seen.learnt!.titles,
      score(history) {
        seen.asked = history;
      },
    }),
  };
  return { seen, model };
}

const DATA = interactionsOf({ ann: { a: 1, b: 2, c: 4 }, bob: { a: 8 } });

test('a model learns from weights that fade with each newer title of the profile, and is asked with others', async () => {
  const { seen, model } = createWitness();
  const recent = createRecentModel(model, { learning: HALF, asking: { fade: 0, floor: 0.25 } });
  const scorer = recent.scorer(await recent.train(trainingData(DATA), trainOptions()));
  assert.deepEqual([...seen.learnt!.weights], [0.25, 1, 4, 8]);
  scorer.score(historyOf(DATA, 0), new Float32Array(3));
  assert.deepEqual([...seen.asked!.weights], [0.25, 0.5, 4]);
  assert.deepEqual(seen.asked!.columns, historyOf(DATA, 0).columns);
  assert.deepEqual([...DATA.weights], [1, 2, 4, 8], 'the weights that were given are untouched');
});

test('without settings a model is what it was', async () => {
  const { seen, model } = createWitness();
  const recent = createRecentModel(model, {});
  const scorer = recent.scorer(await recent.train(trainingData(DATA), trainOptions()));
  assert.equal(seen.learnt, DATA);
  const history = historyOf(DATA, 0);
  scorer.score(history, new Float32Array(3));
  assert.equal(seen.asked, history);
  assert.deepEqual([recent.name, recent.view], [model.name, model.view]);
});
