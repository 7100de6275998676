import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { titleId } from '../../../domain/ids.ts';
import { shortHash } from '../../../domain/memory/state.ts';
import { createHashedNumbers } from '../../../domain/ranking/hashed-numbers.ts';

test('titles are found by their hashes and by themselves, also where hashes meet; others are not', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { maxLength: 200 }),
      fc.array(fc.string(), { maxLength: 20 }),
      fc.boolean(),
      (texts, others, doMeet) => {
        const hashOf = (text: string): number => (doMeet ? shortHash(text) % 3 : shortHash(text));
        const ids = texts.map(titleId);
        const numberOf = createHashedNumbers(ids, Uint16Array.from(texts, hashOf));
        for (const text of [...texts, ...others]) {
          // A text of its own, as a store makes it.
          const made = titleId(Buffer.from(text, 'utf16le').toString('utf16le'));
          assert.equal(numberOf(made, hashOf(text)), texts.indexOf(text));
        }
      },
    ),
    { numRuns: 100 },
  );
});
