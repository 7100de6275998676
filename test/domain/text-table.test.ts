import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashText } from '../../domain/hash.ts';
import { createTextTable } from '../../domain/text-table.ts';

const utf8 = new TextEncoder();

test('a text has one number, whether it is given as text or as bytes', () => {
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 600, size: 'max' }), (given) => {
      const table = createTextTable();
      const known = new Map<string, number>();
      for (const [one, isBytes] of given) {
        // What is no well-formed text is another one in bytes.
        if (!one.isWellFormed()) continue;
        const bytes = utf8.encode(`<${one}>`);
        const number = isBytes ? table.ofBytes(bytes, 1, bytes.length - 1) : table.of(one);
        if (!known.has(one)) known.set(one, known.size);
        assert.equal(number, known.get(one));
        assert.equal(table.text(number), one);
        assert.equal(table.hash(number), hashText(one));
      }
      assert.equal(table.size(), known.size);
      for (const [one, number] of known) assert.equal(table.find(one), number);
      assert.equal(table.find('never given, being much longer'), -1);
    }),
  );
});

test('bytes that are no text are read as replacement characters, as decoding does', () => {
  const table = createTextTable();
  const broken = Uint8Array.of(0x61, 0xff, 0x62);
  assert.equal(table.ofBytes(broken, 0, 3), table.of('a\ufffdb'));
  assert.equal(table.size(), 1);
});
