import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFolds, SHORTENED_BYTES } from '../../../infra/kafka/crc32c-folds.ts';
import { crc32c } from '../../../infra/kafka/crc32c.ts';

test('equals the check values of RFC 3720, appendix B.4', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e);
});

test('does not depend on where in memory the bytes start, nor on how many there are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(9), (bytes, shift) => {
      const moved = Buffer.concat([Buffer.alloc(shift, 7), bytes, Buffer.alloc(3, 9)]);
      assert.equal(crc32c(moved, shift, shift + bytes.length), bitwise(bytes));
    }),
  );
});

test('long messages are folded to short ones with the same checksum', () => {
  const folds = createFolds();
  assert.ok(folds !== undefined, 'no vectors in WebAssembly here');
  const lengths = fc.oneof(
    fc.integer({ min: 4, max: 400 }),
    fc.integer({ min: 5000, max: 6000 }),
    fc.integer({ min: 65_000, max: 150_000 }),
  );
  fc.assert(
    fc.property(lengths, fc.nat(99), fc.nat(9), (length, seed, shift) => {
      const bytes = Buffer.alloc(shift + length);
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.imul(i + seed, 0x9e3779b1) >>> 13;
      const rest = folds.shorten(bytes, shift, bytes.length);
      assert.ok(rest.length <= SHORTENED_BYTES);
      const expected = bitwise(bytes.subarray(shift));
      assert.equal(bitwise(rest, 0), expected);
      assert.equal(crc32c(bytes, shift), expected);
    }),
    { numRuns: 60 },
  );
});

function bitwise(bytes: Uint8Array, seed = 0xffffffff): number {
  let crc = seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
