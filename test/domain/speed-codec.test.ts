import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CellColumns } from '../../domain/cells.ts';
import { country, titleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { decodeSpeedMessage, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { Chunk, Marker } from '../../domain/speed-view.ts';

const count = fc.oneof(fc.nat(200), fc.maxSafeNat());
const cells: fc.Arbitrary<CellColumns> = fc
  .array(
    fc.tuple(
      fc.string(),
      fc.constantFrom('SE', 'FR'),
      fc.integer({ min: -1, max: 9_000_000 }),
      fc.array(count, { minLength: MEASURE_COUNT, maxLength: MEASURE_COUNT }),
    ),
  )
  .map((rows) => ({
    size: rows.length,
    titles: rows.map(([title]) => titleId(title)),
    countries: rows.map(([, code]) => country(code)),
    buckets: Int32Array.from(rows, ([, , bucket]) => bucket),
    measures: Float64Array.from(rows.flatMap(([, , , measures]) => measures)),
  }));

const at = {
  topic: 'plays',
  partition: 3,
  block: 17,
  epoch: 5,
  from: 1088,
  to: 1100,
  foldVersion: 1,
} as const;
const chunkOf = (columns: CellColumns): Chunk => ({ type: 'chunk', ...at, slot: 2, cells: columns });
const marker: Marker = {
  type: 'marker',
  ...at,
  events: 12,
  cells: 4,
  digest: { a: 1, b: 0xffffffff },
  rawHigh: 2200,
};

test('what is encoded is decoded again, whatever the cells hold', () => {
  fc.assert(
    fc.property(cells, (columns) => {
      assert.deepEqual(decodeSpeedMessage(encodeSpeedMessage(chunkOf(columns))), chunkOf(columns));
    }),
  );
  assert.deepEqual(decodeSpeedMessage(encodeSpeedMessage(marker)), marker);
});

test('bytes that were cut off or added to are refused, never misread', () => {
  fc.assert(
    fc.property(cells, fc.nat(), (columns, cutAt) => {
      const bytes = encodeSpeedMessage(chunkOf(columns));
      assert.throws(() => decodeSpeedMessage(bytes.subarray(0, cutAt % bytes.length)), RangeError);
      assert.throws(() => decodeSpeedMessage(Uint8Array.from([...bytes, 0])), RangeError);
    }),
  );
});

test('a sparse cell takes about a dozen bytes', () => {
  const size = 1000;
  const columns: CellColumns = {
    size,
    titles: Array.from({ length: size }, (_, i) => titleId(`t${i % 100}`)),
    countries: Array.from({ length: size }, () => country('SE')),
    buckets: new Int32Array(size).fill(5_900_000),
    measures: new Float64Array(size * MEASURE_COUNT).fill(1),
  };
  assert.ok(encodeSpeedMessage(chunkOf(columns)).length < 13 * size);
});
