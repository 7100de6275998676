import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recencyShares } from '../../domain/recency.ts';

const sharesOf = (times: readonly number[], fade: number, floor: number): number[] => {
  const shares = new Float32Array(times.length);
  recencyShares(times, { fade, floor }, shares);
  return [...shares];
};

test('the newest counts whole, those before it fade, the later entry of equal times being the newer', () => {
  assert.deepEqual(sharesOf([10, 30, 20, 30], 0.5, 0), [0.125, 0.5, 0.25, 1]);
});

test('nothing falls below the floor, and without fading all count whole', () => {
  assert.deepEqual(sharesOf([1, 2, 3], 0, 0.25), [0.25, 0.25, 1]);
  assert.deepEqual(sharesOf([1, 2, 3], 1, 0), [1, 1, 1]);
  assert.deepEqual(sharesOf([], 0.5, 0), []);
});

test('what is newer never counts less, and only the order of times matters', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 20 }), (times) => {
      const shares = sharesOf(times, 0.8, 0.1);
      times.forEach((a, i) => {
        times.forEach((b, j) => {
          if (a > b) assert.ok(shares[i]! >= shares[j]!);
        });
      });
      assert.deepEqual(
        sharesOf(
          times.map((time) => time * 1000 + 7),
          0.8,
          0.1,
        ),
        shares,
      );
    }),
  );
});
