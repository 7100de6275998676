import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addHash,
  createDistinctSketch,
  estimateDistinct,
  mergeDistinct,
} from '../../../domain/audit/distinct.ts';
import { hashText } from '../../../domain/hash.ts';

const sketchOf = (from: number, to: number) => {
  const sketch = createDistinctSketch();
  for (let i = from; i < to; i++) addHash(sketch, hashText(`value-${i}`));
  return sketch;
};

test('few values are counted nearly exactly, many within four standard errors', () => {
  assert.equal(estimateDistinct(createDistinctSketch()), 0);
  assert.ok(Math.abs(estimateDistinct(sketchOf(0, 20)) - 20) < 2);
  for (const count of [1000, 20_000, 300_000]) {
    const error = Math.abs(estimateDistinct(sketchOf(0, count)) / count - 1);
    assert.ok(error < 4 * 0.065, `${count}: off by ${error}`);
  }
});

test('values seen again change nothing, and two sketches merge to that of all values', () => {
  const [low, high] = [sketchOf(0, 6000), sketchOf(4000, 10_000)];
  mergeDistinct(low, high);
  assert.deepEqual(low, sketchOf(0, 10_000));
});
