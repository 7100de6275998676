import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { provenRows } from '../../../batch/popularity/proven.ts';

const WINDOW_MS = 10;

test('the first proof of a play proves it, and each that comes more than a window after the one before', () => {
  const event = fc.record({ play: fc.nat(4), waitedMs: fc.nat(12), isProof: fc.boolean(), place: fc.nat() });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (drawn) => {
      // Time goes on with the log; rows come in any order.
      let appendMs = 1000;
      const log = drawn.map((one, offset) => ({ ...one, offset, appendMs: (appendMs += one.waitedMs) }));
      const rows = log.toSorted((a, b) => a.place - b.place);
      const found = provenRows(
        {
          isProof: Int8Array.from(rows, ({ isProof }) => (isProof ? 1 : 0)),
          plays: Uint32Array.from(rows.flatMap(({ play }) => [play % 2, play])),
          offset: Float64Array.from(rows, ({ offset }) => offset),
          appendMs: Float64Array.from(rows, (row) => row.appendMs),
        },
        WINDOW_MS,
      );
      const expected = log.filter(({ isProof, play, offset, appendMs: at }) => {
        const before = log.findLast((one) => one.isProof && one.play === play && one.offset < offset);
        return isProof && (before === undefined || at - before.appendMs > WINDOW_MS);
      });
      assert.deepEqual(
        [...found].map((row) => rows[row]!.offset).sort((a, b) => a - b),
        expected.map(({ offset }) => offset),
      );
      assert.deepEqual([...found], [...found.toSorted()]);
    }),
  );
});
