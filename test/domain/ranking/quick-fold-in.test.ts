import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWeightedFoldIn } from '../../../domain/fold-in.ts';
import { createRandom } from '../../../domain/random.ts';
import { createQuickFoldIn } from '../../../domain/ranking/quick-fold-in.ts';
import { emptyTitleSet, type TitleFactors } from '../../../domain/ranking/types.ts';

const TITLES = 200;

function someFactors(width: number, seed: number, exponent: number): TitleFactors {
  const random = createRandom(seed);
  return {
    width,
    values: Float32Array.from({ length: TITLES * width }, () => random.next() - 0.4),
    known: emptyTitleSet(TITLES).fill(0xff_ff_ff_ff, 0, 6).fill(0xff, 6),
    regularisation: { strength: 0.003, exponent, unobservedWeight: 0.1 },
  };
}

test('few plays are folded in to what all the equations of training give', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 17 }),
      fc.uniqueArray(fc.nat(TITLES - 1), { maxLength: 24 }),
      fc.nat(1000),
      fc.constantFrom(0, 0.5, 1),
      (width, plays, seed, exponent) => {
        const factors = someFactors(width, seed, exponent);
        const random = createRandom(seed + 1);
        const weights = Float32Array.from(plays, () => 0.01 + 1.5 * random.next());
        const [quick, exact] = [new Float32Array(width).fill(9), new Float32Array(width)];
        const titles = Uint32Array.from(plays);
        assert.equal(createQuickFoldIn(factors).solve(titles, weights, plays.length, quick), true);
        createWeightedFoldIn(factors, factors.regularisation).solve(titles, weights, plays.length, exact);
        const most = Math.max(...exact.map(Math.abs));
        for (let k = 0; k < width; k++)
          assert.ok(
            Math.abs(quick[k]! - exact[k]!) <= 1e-5 * most,
            `${String(quick)} is not ${String(exact)}`,
          );
      },
    ),
    { numRuns: 300 },
  );
});

test('the same history gives the same factors, whatever was folded in before', () => {
  const foldIn = createQuickFoldIn(someFactors(8, 3, 1));
  const [first, again] = [new Float32Array(8), new Float32Array(8)];
  foldIn.solve(Uint32Array.of(4, 9, 2), Float32Array.of(1, 0.5, 0.2), 3, first);
  foldIn.solve(Uint32Array.of(7, 8, 9, 10, 11), Float32Array.of(1, 1, 1, 1, 1), 5, again);
  foldIn.solve(Uint32Array.of(4, 9, 2), Float32Array.of(1, 0.5, 0.2), 3, again);
  assert.deepEqual(again, first);
});

test('factors that are not finite have no solution, and it is said', () => {
  const factors = someFactors(4, 1, 1);
  factors.values[5] = NaN;
  const out = new Float32Array(4).fill(7);
  assert.equal(createQuickFoldIn(factors).solve(Uint32Array.of(1, 2), Float32Array.of(1, 1), 2, out), false);
  assert.deepEqual([...out], [0, 0, 0, 0]);
});
