import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPopularityModel } from '../../../../batch/models/popularity/model.ts';
import { EMPTY_HISTORY, interactionsOf, trainingData, trainOptions } from '../interactions.ts';

test('a title scores how many profiles watched it, for everybody', async () => {
  const model = createPopularityModel();
  const interactions = interactionsOf({ ann: { b: 2, c: 1 }, bob: { b: 0.5 } }, ['a']);
  const tables = await model.train(trainingData(interactions), trainOptions());
  const scorer = model.scorer(tables);
  const scores = new Float32Array(3);
  scorer.score(EMPTY_HISTORY, scores);
  assert.deepEqual(scorer.titles, ['a', 'b', 'c']);
  assert.deepEqual([...scores], [0, 2, 1]);
});
