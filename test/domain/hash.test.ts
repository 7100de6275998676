import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashMeasures, hashProfile } from '../../domain/hash.ts';

test('a profile hash never changes: it is in records that are kept', () => {
  assert.deepEqual(
    ['', 'p', 'profile-1', 'profile-2', 'Åsa/🎬'].map(hashProfile),
    [
      4_004_613_311_706_826, 3_878_022_939_320_712, 1_243_938_597_045_483, 1_777_834_479_257_472,
      4_037_714_504_670_322,
    ],
  );
});

test('a profile hash is an integer below 2^52', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 128 }), (id) => {
      const hash = hashProfile(id);
      assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 52, String(hash));
    }),
  );
});

test('a million counted ids do not meet, and fill every bit evenly', () => {
  const COUNT = 1_000_000;
  const hashes = new Set<number>();
  const ones = new Array<number>(52).fill(0);
  for (let i = 0; i < COUNT; i += 1) {
    const hash = hashProfile(`profile-${i}`);
    hashes.add(hash);
    const [low, high] = [hash >>> 0, Math.floor(hash / 2 ** 32)];
    for (let bit = 0; bit < 52; bit += 1) {
      ones[bit] = (ones[bit] ?? 0) + ((bit < 32 ? low >>> bit : high >>> (bit - 32)) & 1);
    }
  }
  assert.equal(hashes.size, COUNT);
  // Six standard deviations of a fair coin.
  for (const count of ones) assert.ok(Math.abs(count - COUNT / 2) < 6 * Math.sqrt(COUNT / 4), String(ones));
});

test('measures that differ in value, in column or beyond 32 bits are told apart', () => {
  const hashOf = (...measures: number[]): number =>
    hashMeasures(7, Float64Array.from(measures), 0, measures.length);
  const all = [hashOf(0, 0), hashOf(1, 0), hashOf(0, 1), hashOf(1, 1), hashOf(2 ** 32 + 1, 0), hashOf(2, 0)];
  assert.equal(new Set(all).size, all.length);
  assert.equal(hashMeasures(7, Float64Array.of(9, 9, 1, 0), 2, 2), hashOf(1, 0));
});
