import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestOf, watchersOf } from '../../../batch/models/sides.ts';
import { interactionsOf } from './interactions.ts';

const interactions = interactionsOf({ ann: { b: 1, c: 2 }, bob: {}, cy: { a: 3, b: 4, c: 5 } });

test('every title has its watchers, rising, each with its entry', () => {
  const { columnStarts, profiles, entries } = watchersOf(interactions);
  assert.deepEqual([...columnStarts], [0, 1, 3, 5]);
  assert.deepEqual([...profiles], [2, 0, 2, 0, 2]);
  assert.deepEqual([...entries], [2, 0, 3, 1, 4]);
});

test('the newest entries stay in their order, of equal times the later ones', () => {
  const newest = newestOf({ ...interactions, times: Float64Array.of(1, 1, 9, 2, 3) }, 1);
  assert.deepEqual([...newest.rowStarts], [0, 1, 1, 2]);
  assert.deepEqual([...newest.columns], [2, 0]);
  assert.deepEqual([...newest.weights], [2, 3]);
  assert.deepEqual([...newest.times], [1, 9]);
  assert.equal(newestOf(interactions, 3), interactions);
});
