import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutFloat32, cutUint32 } from '../../domain/cut-arrays.ts';

const lengths = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 1200 })), { maxLength: 60 });

test('each cut is zeros of the length that was asked for, and of nobody else, over the ends of slabs', () => {
  fc.assert(
    fc.property(lengths, (asked) => {
      const cuts = asked.map(([isFloat, length]) => (isFloat ? cutFloat32(length) : cutUint32(length)));
      cuts.forEach((cut, which) => {
        assert.equal(cut.length, asked[which]![1]);
        assert.ok(cut.every((value) => value === 0));
        cut.fill(which + 1);
      });
      cuts.forEach((cut, which) => assert.ok(cut.every((value) => value === which + 1)));
    }),
  );
});
