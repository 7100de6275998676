import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFoldIn, createWeightedFoldIn, gramOf, regularisationOf } from '../../domain/fold-in.ts';
import { createRandom } from '../../domain/random.ts';

const WIDTH = 3;
const TITLES = 6;

const held = (seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: TITLES * WIDTH }, () => random.next() - 0.5);
};

const history = fc.uniqueArray(fc.nat(TITLES - 1)).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    confidences: fc.array(
      fc
        .tuple(fc.float({ min: 0.125, max: 40, noNaN: true }), fc.boolean())
        .map(([confidence, passedOver]) => (passedOver ? -confidence : confidence)),
      { minLength: rows.length, maxLength: rows.length },
    ),
  }),
);

/** Half the gradient of Σ over all titles of |c| (p − x·y)² + λ |x|², straight from the definition; c is below 0 where a title was passed over. */
function gradient(
  values: Float32Array,
  history: ReadonlyMap<number, number>,
  lambda: number,
  x: Float32Array,
): number[] {
  const sums = Array.from({ length: WIDTH }, (_, k) => lambda * x[k]!);
  for (let title = 0; title < TITLES; title++) {
    const y = values.subarray(title * WIDTH, (title + 1) * WIDTH);
    const confidence = history.get(title);
    const wanted = confidence !== undefined && confidence > 0 ? 1 : 0;
    const error = y.reduce((sum, value, k) => sum + value * x[k]!, -wanted);
    y.forEach((value, k) => (sums[k]! += Math.abs(confidence ?? 1) * error * value));
  }
  return sums;
}

test('the factors are where the loss of all titles, watched, passed over and neither, is least', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.double({ min: 0.1, max: 9, noNaN: true }), (entries, seed, lambda) => {
      const values = held(seed);
      const x = new Float32Array(WIDTH);
      const solve = createFoldIn({ values, width: WIDTH }).solve;
      const confidences = Float32Array.from(entries.confidences);
      assert.equal(solve(Uint32Array.from(entries.rows), confidences, confidences.length, lambda, x), true);
      const given = new Map(entries.rows.map((row, i) => [row, confidences[i]!]));
      for (const slope of gradient(values, given, lambda, x)) assert.ok(Math.abs(slope) < 1e-4, `${slope}`);
    }),
  );
});

test('one call leaves nothing behind for the next, and writes only its own place', () => {
  const values = held(7);
  const foldIn = createFoldIn({ values, width: WIDTH, gram: gramOf(values, WIDTH) });
  const rows = Uint32Array.of(1, 4, 5);
  const confidences = Float32Array.of(3, 2, 9);
  const first = new Float32Array(WIDTH);
  foldIn.solve(rows, confidences, 2, 0.5, first);
  const out = new Float32Array(3 * WIDTH).fill(8);
  foldIn.solve(rows, confidences, 3, 0.5, out);
  assert.equal(foldIn.solve(rows, confidences, 2, 0.5, out, WIDTH), true);
  assert.deepEqual(out.subarray(WIDTH, 2 * WIDTH), first);
  assert.deepEqual([...out.subarray(2 * WIDTH)], [8, 8, 8]);
});

test('an empty history gives zeros', () => {
  const out = new Float32Array(WIDTH).fill(1);
  const foldIn = createFoldIn({ values: held(1), width: WIDTH });
  assert.equal(foldIn.solve(new Uint32Array(0), new Float32Array(0), 0, 1, out), true);
  assert.deepEqual([...out], [0, 0, 0]);
});

test('factors that are not finite, and no regularisation where it is needed, are told and give zeros', () => {
  const broken = held(1);
  broken[4] = NaN;
  const out = new Float32Array(WIDTH).fill(1);
  const solve = createFoldIn({ values: broken, width: WIDTH }).solve;
  assert.equal(solve(Uint32Array.of(0), Float32Array.of(2), 1, 1, out), false);
  assert.deepEqual([...out], [0, 0, 0]);
  const flat = createFoldIn({ values: new Float32Array(TITLES * WIDTH), width: WIDTH });
  assert.equal(flat.solve(Uint32Array.of(0), Float32Array.of(2), 1, 0, out), false);
});

test('rows that are not held and shapes that do not fit are refused', () => {
  const foldIn = createFoldIn({ values: held(1), width: WIDTH });
  assert.throws(
    () => foldIn.solve(Uint32Array.of(TITLES), Float32Array.of(2), 1, 1, new Float32Array(WIDTH)),
    RangeError,
  );
  assert.throws(() => createFoldIn({ values: new Float32Array(7), width: WIDTH }), RangeError);
  assert.throws(() => createFoldIn({ values: held(1), width: WIDTH, gram: new Float64Array(4) }), RangeError);
});

test('the Gram is the sum of outer products, both triangles', () => {
  const values = Float32Array.of(1, 2, 3, -4);
  assert.deepEqual([...gramOf(values, 2)], [10, -10, -10, 20]);
});

test('regularisation grows with what a row is trained on, as its exponent says', () => {
  const flat = { strength: 0.5, exponent: 0, unobservedWeight: 0.1 };
  assert.equal(regularisationOf(flat, 20, 100), 0.5);
  assert.equal(regularisationOf({ ...flat, exponent: 1 }, 20, 100), 15);
});

test('weights become confidences over α₀, and the ridge is on the same scale', () => {
  const values = held(3);
  const regularisation = { strength: 0.2, exponent: 1, unobservedWeight: 0.5 };
  const rows = Uint32Array.from({ length: 100 }, (_, entry) => entry % TITLES);
  const weighted = new Float32Array(WIDTH);
  createWeightedFoldIn({ values, width: WIDTH }, regularisation).solve(
    rows,
    new Float32Array(100).fill(2),
    100,
    weighted,
  );
  const plain = new Float32Array(WIDTH);
  const ridge = (0.2 * (100 + 0.5 * TITLES)) / 0.5;
  createFoldIn({ values, width: WIDTH }).solve(rows, new Float32Array(100).fill(5), 100, ridge, plain);
  assert.deepEqual(weighted, plain);
  assert.throws(
    () => createWeightedFoldIn({ values, width: WIDTH }, { ...regularisation, unobservedWeight: 0 }),
    RangeError,
  );
});
