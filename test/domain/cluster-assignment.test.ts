import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clusterOf, nearestCentre, toUnitLength } from '../../domain/cluster-assignment.ts';

const factor = fc.float({ min: -8, max: 8, noNaN: true });

test('the nearest centre is the one that sorting by distance puts first', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(factor, factor), { minLength: 1, maxLength: 6 }),
      fc.tuple(factor, factor),
      (centres, [x, y]) => {
        const found = nearestCentre(
          { values: Float32Array.from(centres.flat()), width: 2 },
          Float32Array.of(x, y),
        );
        const distances = centres.map(([a, b]) => (x - a) ** 2 + (y - b) ** 2);
        assert.equal(found, distances.indexOf(Math.min(...distances)));
      },
    ),
  );
});

test('how much somebody watches does not change their cluster', () => {
  const centres = { values: Float32Array.of(1, 0, 0, 1), width: 2 };
  assert.equal(clusterOf(centres, Float32Array.of(0.01, 0.002)), 0);
  assert.equal(clusterOf(centres, Float32Array.of(10, 200)), 1);
});

test('nobody belongs anywhere without factors, with factors that are not finite, or without centres', () => {
  const centres = { values: Float32Array.of(1, 0), width: 2 };
  for (const factors of [
    [0, 0],
    [NaN, 1],
    [Infinity, 1],
  ])
    assert.equal(clusterOf(centres, Float32Array.from(factors)), -1);
  assert.equal(clusterOf({ values: new Float32Array(0), width: 2 }, Float32Array.of(1, 0)), -1);
});

test('a row in the middle is scaled alone', () => {
  const values = Float32Array.of(9, 3, 4, 9);
  assert.equal(toUnitLength(values, 1, 2), true);
  assert.deepEqual([...values], [9, Math.fround(0.6), Math.fround(0.8), 9]);
});
