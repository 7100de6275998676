import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTexts } from '../../domain/text-order.ts';

test('texts are in the order of their UTF-8 bytes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '\uffff', '\ue000', '\u{1f3ac}') }),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareTexts(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});

test('a character beyond the basic plane comes after every one within it', () => {
  assert.ok(compareTexts('\u{1f3ac}', '\uff5e') > 0);
});
