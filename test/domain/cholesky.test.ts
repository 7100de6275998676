import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { factorise, solveFactorised } from '../../domain/cholesky.ts';

const square = fc.integer({ min: 1, max: 7 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    root: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: n * n, maxLength: n * n }),
    wanted: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }),
  }),
);

test('solves any positive definite system, and reads the lower triangle only', () => {
  fc.assert(
    fc.property(square, ({ n, root, wanted }) => {
      const matrix = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < n; k++) matrix[i * n + j]! += root[i * n + k]! * root[j * n + k]!;
      for (let i = 0; i < n; i++) matrix[i * n + i]! += 1;
      const side = Float64Array.from(wanted, (_, i) =>
        wanted.reduce((sum, value, j) => sum + matrix[i * n + j]! * value, 0),
      );
      for (let i = 0; i < n; i++) matrix.fill(NaN, i * n + i + 1, (i + 1) * n);
      assert.equal(factorise(matrix, n), true);
      solveFactorised(matrix, n, side);
      for (let i = 0; i < n; i++)
        assert.ok(Math.abs(side[i]! - wanted[i]!) < 1e-6, `${String(side)} is not ${String(wanted)}`);
    }),
  );
});

test('says so where a matrix is not positive definite or not finite', () => {
  assert.equal(factorise(Float64Array.of(0), 1), false);
  assert.equal(factorise(Float64Array.of(NaN), 1), false);
  assert.equal(factorise(Float64Array.of(Infinity), 1), false);
  assert.equal(factorise(Float64Array.of(1, 0, 2, 1), 2), false);
  assert.equal(factorise(new Float64Array(0), 0), true);
});
