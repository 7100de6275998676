import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CellColumns } from '../../domain/cells.ts';
import { country, titleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { decodeSpeedMessage, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import { textColumn } from '../../domain/text-column.ts';
import { ROW_MEASURE_COUNT } from '../../domain/row-counts.ts';
import type { Chunk, FamilyPart, Marker } from '../../domain/speed-view.ts';

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
    titles: textColumn(rows.map(([title]) => titleId(title))),
    countries: textColumn(rows.map(([, code]) => country(code))),
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
  foldVersion: 2,
} as const;
const chunkOf = (part: FamilyPart): Chunk => ({ type: 'chunk', ...at, slot: 2, ...part });
const cellPart = cells.map((columns): FamilyPart => ({ family: 'cells', columns }));
const rowPart: fc.Arbitrary<FamilyPart> = fc
  .array(fc.tuple(fc.string(), fc.string(), fc.array(count, { minLength: 2, maxLength: 2 })))
  .map((entries) => ({
    family: 'rows',
    columns: {
      size: entries.length,
      titles: textColumn(entries.map(([title]) => titleId(title))),
      rows: textColumn(entries.map(([, row]) => row)),
      measures: Float64Array.from(entries.flatMap(([, , measures]) => measures.slice(0, ROW_MEASURE_COUNT))),
    },
  }));
const distinctPart: fc.Arbitrary<FamilyPart> = fc
  .array(fc.tuple(fc.string(), fc.integer({ min: -1, max: 900_000 }), fc.array(fc.nat(65_535))))
  .map((groups) => ({
    family: 'distinct',
    columns: {
      size: groups.length,
      titles: textColumn(groups.map(([title]) => titleId(title))),
      hours: Int32Array.from(groups, ([, hour]) => hour),
      counts: Int32Array.from(groups, ([, , packed]) => packed.length),
      packed: Uint16Array.from(groups.flatMap(([, , packed]) => packed)),
    },
  }));
const anyPart = fc.oneof(cellPart, rowPart, distinctPart);
const marker: Marker = {
  type: 'marker',
  ...at,
  events: 12,
  entries: 4,
  logTime: 1_790_000_000_000,
  before: { rawHigh: 2190, logTime: 1_789_999_999_000 },
  digest: { a: 1, b: 0xffffffff },
  rawHigh: 2200,
};

test('what is encoded is decoded again, whatever the family and its columns', () => {
  fc.assert(
    fc.property(anyPart, (part) => {
      assert.deepEqual(decodeSpeedMessage(encodeSpeedMessage(chunkOf(part))), chunkOf(part));
    }),
  );
  assert.deepEqual(decodeSpeedMessage(encodeSpeedMessage(marker)), marker);
});

test('bytes that were cut off or added to are refused, never misread', () => {
  fc.assert(
    fc.property(anyPart, fc.nat(), (part, cutAt) => {
      const bytes = encodeSpeedMessage(chunkOf(part));
      assert.throws(() => decodeSpeedMessage(bytes.subarray(0, cutAt % bytes.length)), RangeError);
      assert.throws(() => decodeSpeedMessage(Uint8Array.from([...bytes, 0])), RangeError);
    }),
  );
});

test('a sparse cell takes about a dozen bytes', () => {
  const size = 1000;
  const columns: CellColumns = {
    size,
    titles: textColumn(Array.from({ length: size }, (_, i) => titleId(`t${i % 100}`))),
    countries: textColumn(Array.from({ length: size }, () => country('SE'))),
    buckets: new Int32Array(size).fill(5_900_000),
    // Of plays: no impressions.
    measures: new Float64Array(size * MEASURE_COUNT).map((_, i) => (i % 4 === 2 ? 0 : 1)),
  };
  assert.ok(encodeSpeedMessage(chunkOf({ family: 'cells', columns })).length < 14 * size);
});
