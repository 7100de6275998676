import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eigenOf } from '../../domain/eigen.ts';

const symmetric = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    entries: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n }),
  }),
);

test('a symmetric matrix is its vectors times its values times its vectors turned over', () => {
  fc.assert(
    fc.property(symmetric, ({ n, entries }) => {
      const matrix = Float64Array.from(entries, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return entries[Math.max(i, j) * n + Math.min(i, j)]!;
      });
      const { values, vectors } = eigenOf(matrix, n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let product = 0;
          let length = 0;
          for (let k = 0; k < n; k++) {
            product += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
            length += vectors[k * n + i]! * vectors[k * n + j]!;
          }
          assert.ok(Math.abs(product - matrix[i * n + j]!) < 1e-10);
          assert.ok(Math.abs(length - (i === j ? 1 : 0)) < 1e-12);
        }
    }),
  );
});

test('a matrix that is diagonal already is left as it is, and one that is not finite ends', () => {
  assert.deepEqual([...eigenOf(Float64Array.of(3, 0, 0, -1), 2).values], [3, -1]);
  assert.equal(eigenOf(Float64Array.of(1, NaN, NaN, 1), 2).values.length, 2);
});
