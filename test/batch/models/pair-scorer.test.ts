import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPairScorer, popularityPrior } from '../../../batch/models/pair-scorer.ts';
import { titleId } from '../../../domain/ids.ts';

test('adds what each watched title says, times its weight, and passes over titles that are not listed', () => {
  const scorer = createPairScorer({
    titles: ['a', 'b', 'c'].map(titleId),
    watched: ['b', 'a', 'gone', 'a', 'a'].map(titleId),
    scored: ['c', 'c', 'a', 'b', 'gone'].map(titleId),
    weights: Float32Array.of(4, 2, 9, 1, 9),
    prior: Float32Array.of(0.5, 0, 0),
  });
  const scores = new Float32Array(3).fill(7);
  scorer.score(
    { columns: Uint32Array.of(0, 1), weights: Float32Array.of(1, 0.5), times: new Float64Array(2) },
    scores,
  );
  assert.deepEqual([...scores], [0.5, 1, 4]);
});

test('the prior is by popularity, and of nothing watched 0', () => {
  assert.deepEqual([...popularityPrior([0, 2, 4], 0.5)], [0, 0.25, 0.5]);
  assert.deepEqual([...popularityPrior([0, 0], 0.5)], [0, 0]);
});
