import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { narrowed, uniteRows, type CodedRows } from '../../../batch/popularity/rows.ts';

const value = fc.oneof(
  fc.nat(3),
  fc.constantFrom(255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 50, -1),
);
const row = fc.tuple(fc.nat(6), fc.nat(2), fc.nat(3), value, value);

/** Rows in the order of their keys, each once. */
const block = fc
  .uniqueArray(row, { maxLength: 40, selector: (one) => one.slice(0, 3).join(' ') })
  .map((rows): CodedRows => {
    const sorted = rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const column = (at: number): number[] => sorted.map((one) => one[at]!);
    return {
      size: rows.length,
      keys: [Int32Array.from(column(0)), Int32Array.from(column(1)), Int32Array.from(column(2))],
      values: [Float64Array.from(column(3)), Float64Array.from(column(4))],
    };
  });

const told = ({ size, keys, values }: CodedRows) => ({
  size,
  keys: keys.map((key) => [...key!]),
  values: values.map((column) => [...column]),
});

test('rows that are united some titles at a time, in as few bytes as will do, are those that are united at once', () => {
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('sum', 'max'),
      fc.integer({ min: 1, max: 60 }),
      (blocks, uniting, mostAtOnce) => {
        const atOnce = uniteRows(blocks, uniting);
        assert.deepEqual(told(uniteRows(blocks, uniting, mostAtOnce)), told(atOnce));
        assert.deepEqual(told(uniteRows(blocks.map(narrowed), uniting, mostAtOnce)), told(atOnce));
      },
    ),
    { numRuns: 500 },
  );
});

test('values take as many bytes as the greatest of a column needs', () => {
  const of = (most: number): number =>
    narrowed({
      ...{ size: 2, keys: [Int32Array.of(0, 1), Int32Array.of(0, 0)] },
      values: [Float64Array.of(1, most)],
    }).values[0]!.BYTES_PER_ELEMENT;
  assert.deepEqual([255, 256, 65_536, 2 ** 32, -1].map(of), [1, 2, 4, 8, 8]);
});
