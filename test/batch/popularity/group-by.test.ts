import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { beyondCaps } from '../../../batch/popularity/caps.ts';
import { groupBy } from '../../../batch/popularity/group-by.ts';
import { createTotals } from '../../../batch/popularity/totals.ts';
import { uniteRows, type CodedRows } from '../../../batch/popularity/rows.ts';
import { MEASURE_COUNT } from '../../../domain/measures.ts';

const value = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1 }));
const small = fc.integer({ min: -1, max: 2 });

test('groups come in the order of their columns, rows that are alike as they came', () => {
  const row = fc.oneof(fc.tuple(value, value, value), fc.tuple(small, small, small));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.nat(3), (rows, left) => {
      const column = (k: 0 | 1 | 2) => Int32Array.from(rows, (of) => of[k]);
      const take = rows.map((_, i) => i).filter((i) => left === 0 || i % 4 !== left);
      const { order, starts, keys } = groupBy([column(0), column(1), column(2)], Uint32Array.from(take));
      const expected = take.toSorted((a, b) => {
        const differing = ([0, 1, 2] as const).find((k) => rows[a]![k] !== rows[b]![k]);
        return differing === undefined ? a - b : rows[a]![differing] - rows[b]![differing];
      });
      assert.deepEqual([...order], expected);
      const first = expected.filter(
        (of, i) => i === 0 || rows[of]!.join() !== rows[expected[i - 1]!]!.join(),
      );
      assert.deepEqual(
        [...starts].slice(0, -1).map((at) => order[at]),
        first,
      );
      assert.equal(starts.at(-1), take.length);
      for (const [k, key] of keys.entries())
        assert.deepEqual(
          [...key!],
          first.map((of) => rows[of]![k as 0]),
        );
    }),
  );
});

test('beyond a cap is what the log has after the first few of one key and one measure', () => {
  const event = fc.record({ cap: fc.nat(5), what: fc.nat(1) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat(3), fc.nat(1), (drawn, count, stretches) => {
      // Caps of one stretch have no event in the other.
      const half = stretches === 0 ? drawn.length : drawn.length >> 1;
      const events = drawn.map(({ cap, what }, i) => ({ cap: i < half ? cap : cap + 10, what }));
      const shuffled = events.map((_, i) => (i * 7919) % 1009);
      const beyond = beyondCaps(
        {
          size: events.length,
          ends: [half, events.length],
          // Keys that fall into one slot and differ in the other word alone are told apart.
          caps: Uint32Array.from(events.flatMap(({ cap }) => [cap % 2, cap])),
          what: Int8Array.from(events, ({ what }) => what),
          offset: Float64Array.from(shuffled),
        },
        count,
      );
      const expected = events.map(({ cap, what }, i) => {
        const before = events.filter(
          (other, j) => other.cap === cap && other.what === what && shuffled[j]! < shuffled[i]!,
        );
        return before.length >= count ? 1 : 0;
      });
      assert.deepEqual([...beyond], expected);
    }),
  );
});

const block = fc
  .uniqueArray(fc.tuple(fc.nat(4), fc.nat(3), fc.integer({ min: -1, max: 2 }), fc.nat(9)), {
    selector: (row) => row.slice(0, 3).join(),
    maxLength: 30,
  })
  .map((rows): CodedRows => {
    const sorted = rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const key = (k: 0 | 1 | 2) => Int32Array.from(sorted, (row) => row[k]);
    const values = Array.from({ length: MEASURE_COUNT }, (_, m) =>
      Float64Array.from(sorted, (row) => row[3] + m),
    );
    return { size: sorted.length, keys: [key(0), key(1), key(2)], values };
  });

test('totals are the same whether every pair has a place or rows are put in order', () => {
  const names = (count: number) => [null, ...Array.from({ length: count }, (_, i) => `n${i}`)];
  fc.assert(
    fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
      const row = names(0);
      const dense = createTotals({ title_id: names(5), country: names(4), row });
      const sparse = createTotals({ title_id: names(3000), country: names(3000), row });
      for (const rows of blocks) for (const totals of [dense, sparse]) totals.add(rows);
      assert.deepEqual(sparse.rows(), dense.rows());
      const sum = (rows: CodedRows) => Array.from(rows.values[0]!).reduce((total, n) => total + n, 0);
      assert.equal(sum(dense.rows()), blocks.length === 0 ? 0 : sum(uniteRows(blocks, 'sum')));
    }),
  );
});
