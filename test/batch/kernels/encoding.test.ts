import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signed, unsigned } from '../../../batch/kernels/encoding.ts';

test('whole numbers are written as the specification says', () => {
  assert.deepEqual(unsigned(624_485), [0xe5, 0x8e, 0x26]);
  assert.deepEqual(unsigned(0), [0]);
  assert.deepEqual(signed(-123_456), [0xc0, 0xbb, 0x78]);
  assert.deepEqual(signed(64), [0xc0, 0x00]);
});

test('what is written is read again, signed and unsigned', () => {
  const read = (bytes: readonly number[]): bigint =>
    bytes.reduce((sum, byte, place) => sum | (BigInt(byte & 0x7f) << BigInt(7 * place)), 0n);
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
      assert.equal(Number(read(unsigned(value))), value >>> 0);
      const bytes = signed(value);
      assert.equal(Number(BigInt.asIntN(7 * bytes.length, read(bytes))), value);
    }),
  );
});
