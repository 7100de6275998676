/**
 * Cells: title × country × five-minute bucket with additive measures, kept in columns. A table is mutable and belongs
 * to one fold; a snapshot of it is immutable and can be published.
 */
import { hashInteger, hashText } from './hash.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import type { Bucket } from './time.ts';

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
  readonly titles: readonly TitleId[];
  readonly countries: readonly Country[];
  readonly buckets: Int32Array;
  readonly measures: Float64Array;
}

/** Rows of one title's cells by country and bucket, opaque: looked up once a record. */
export type TitleCells = Map<number, number>;

export interface CellTable {
  /** Row of the cell, made empty if it is new. */
  row(title: TitleId, country: Country, bucket: Bucket): number;
  /** The same for callers that keep what `ofTitle` gave them, and save looking the title up. */
  rowOf(cells: TitleCells, title: TitleId, country: Country, bucket: Bucket): number;
  ofTitle(title: TitleId): TitleCells;
  /** Live measures; row i from i × MEASURE_COUNT on. Do not keep across `row`. */
  measures(): Float64Array;
  size(): number;
  snapshot(): CellColumns;
  digest(): Digest;
}

const INITIAL_ROWS = 64;
const MOST_COUNTRIES = 1024;
/** Two capital letters, five bits each. */
const codeOf = (country: Country): number =>
  ((country.charCodeAt(0) & 31) << 5) | (country.charCodeAt(1) & 31);

export function createCellTable(): CellTable {
  const index = new Map<TitleId, TitleCells>();
  let firstBucket = 0;
  const titles: TitleId[] = [];
  const countries: Country[] = [];
  let buckets = new Int32Array(INITIAL_ROWS);
  let measures = new Float64Array(INITIAL_ROWS * MEASURE_COUNT);

  const grow = (): void => {
    const wider = new Int32Array(buckets.length * 2);
    wider.set(buckets);
    buckets = wider;
    const longer = new Float64Array(measures.length * 2);
    longer.set(measures);
    measures = longer;
  };

  const snapshot = (): CellColumns => ({
    size: titles.length,
    titles: titles.slice(),
    countries: countries.slice(),
    buckets: buckets.slice(0, titles.length),
    measures: measures.slice(0, titles.length * MEASURE_COUNT),
  });

  const ofTitle = (title: TitleId): TitleCells => {
    let cells = index.get(title);
    if (cells === undefined) index.set(title, (cells = new Map<number, number>()));
    return cells;
  };

  const rowOf = (cells: TitleCells, title: TitleId, country: Country, bucket: Bucket): number => {
    if (titles.length === 0) firstBucket = bucket;
    // Near the first bucket this is a small integer, which maps look up fastest.
    const key = (bucket - firstBucket) * MOST_COUNTRIES + codeOf(country);
    const known = cells.get(key);
    if (known !== undefined) return known;
    const row = titles.length;
    if (row === buckets.length) grow();
    cells.set(key, row);
    titles.push(title);
    countries.push(country);
    buckets[row] = bucket;
    return row;
  };

  return {
    row: (title, country, bucket) => rowOf(ofTitle(title), title, country, bucket),
    rowOf,
    ofTitle,
    measures: () => measures,
    size: () => titles.length,
    snapshot,
    digest: () => digestOf({ size: titles.length, titles, countries, buckets, measures }),
  };
}

export function digestOf(columns: CellColumns): Digest {
  let a = 0;
  let b = 0;
  for (let i = 0; i < columns.size; i++) {
    let h = hashText(columns.countries[i]!, hashText(columns.titles[i]!));
    h = hashInteger(h, columns.buckets[i]! + 1);
    for (let m = 0; m < MEASURE_COUNT; m++) h = hashInteger(h, columns.measures[i * MEASURE_COUNT + m]!);
    a = (a + h) >>> 0;
    b = (b + hashInteger(h, 0x5bd1e995)) >>> 0;
  }
  return { a, b };
}
