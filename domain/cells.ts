/**
 * Cells: title × country × five-minute bucket with additive measures, kept in columns. A table is mutable and belongs
 * to one fold; a snapshot of it is immutable and can be published.
 */
import { countryOfCode } from './country-code.ts';
import { hashInteger, hashMeasures, hashText } from './hash.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import { createColumnBuilder, textAt, type TextColumn } from './text-column.ts';
import type { TextTable } from './text-table.ts';
import type { Bucket } from './time.ts';
import { createTripleIndex } from './triple-index.ts';

/** Sum of the hashes of all cells in two 32-bit lanes: equal for equal sets of cells, whatever their order. */
export interface Digest {
  readonly a: number;
  readonly b: number;
}

export const EMPTY_DIGEST: Digest = { a: 0, b: 0 };

export const addDigests = (x: Digest, y: Digest): Digest => ({ a: (x.a + y.a) >>> 0, b: (x.b + y.b) >>> 0 });
export const sameDigest = (x: Digest, y: Digest): boolean => x.a === y.a && x.b === y.b;

/** Immutable columns; row i has MEASURE_COUNT measures from i × MEASURE_COUNT on. */
export interface CellColumns {
  readonly size: number;
  readonly titles: TextColumn<TitleId>;
  readonly countries: TextColumn<Country>;
  readonly buckets: Int32Array;
  readonly measures: Float64Array;
}

export interface CellTable {
  /** Row of the cell, made empty if it is new; title and country by number. */
  row(title: number, country: number, bucket: Bucket): number;
  titleOf(row: number): number;
  /** Live measures; row i from i × MEASURE_COUNT on. Do not keep across `row`. */
  measures(): Float64Array;
  size(): number;
  /** Some rows as columns of their own. */
  pick(rows: ArrayLike<number>, titles: TextTable): CellColumns;
  /** Forgets every cell; what was allotted is used again. */
  clear(): void;
}

const INITIAL_ROWS = 64;

export function createCellTable(): CellTable {
  const index = createTripleIndex();
  const [titleColumns, countryColumns] = [createColumnBuilder(), createColumnBuilder()];
  let measures = new Float64Array(INITIAL_ROWS * MEASURE_COUNT);
  return {
    row(title, country, bucket) {
      const row = index.of(title, country, bucket);
      if ((row + 1) * MEASURE_COUNT > measures.length) {
        const longer = new Float64Array(measures.length * 2);
        longer.set(measures);
        measures = longer;
      }
      return row;
    },
    titleOf: (row) => index.part(row, 0),
    measures: () => measures,
    size: index.size,
    pick(rows, texts) {
      const size = rows.length;
      const titles = new Int32Array(size);
      const countries = new Int32Array(size);
      const buckets = new Int32Array(size);
      const picked = new Float64Array(size * MEASURE_COUNT);
      for (let i = 0; i < size; i++) {
        const row = rows[i]!;
        titles[i] = index.part(row, 0);
        countries[i] = index.part(row, 1);
        buckets[i] = index.part(row, 2);
        const [from, to] = [row * MEASURE_COUNT, i * MEASURE_COUNT];
        for (let m = 0; m < MEASURE_COUNT; m++) picked[to + m] = measures[from + m]!;
      }
      return {
        size,
        titles: titleColumns.build(titles, texts.text),
        countries: countryColumns.build(countries, countryOfCode),
        buckets,
        measures: picked,
      };
    },
    clear() {
      measures.fill(0, 0, index.size() * MEASURE_COUNT);
      index.clear();
    },
  };
}

export function digestOf(columns: CellColumns): Digest {
  const { titles, countries } = columns;
  const titleHashes = titles.texts.map((title) => hashText(title));
  let a = 0;
  let b = 0;
  for (let i = 0; i < columns.size; i++) {
    let h = hashText(textAt(countries, i), titleHashes[titles.indices[i]!]);
    h = hashInteger(h, columns.buckets[i]! + 1);
    h = hashMeasures(h, columns.measures, i * MEASURE_COUNT, MEASURE_COUNT);
    a = (a + h) >>> 0;
    b = (b + hashInteger(h, 0x5bd1e995)) >>> 0;
  }
  return { a, b };
}
