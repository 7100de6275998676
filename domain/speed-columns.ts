/**
 * The columns of a speed-view chunk as unsigned LEB128 integers, one column after the other. Texts go through the
 * dictionaries of their columns into the header, which also names the measures that have any value, since plays have no
 * impressions, and the earliest bucket or hour, which the others are told from.
 */
import type { CellColumns } from './cells.ts';
import type { DistinctColumns } from './distinct.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import { ROW_MEASURE_COUNT, type RowColumns } from './row-counts.ts';
import type { FamilyPart } from './speed-view.ts';
import type { TextColumn } from './text-column.ts';

/** What a chunk's header says of its columns. */
export interface ColumnsHeader {
  readonly size: number;
  readonly titles: readonly TitleId[];
  /** Of the second text column: countries or rows; empty for a family without. */
  readonly texts: readonly string[];
  /** Columns of the measures that follow; the others are 0 throughout. */
  readonly measures: readonly number[];
  /** The earliest time that is not outside of every window; 0 where there is none. */
  readonly base: number;
}

export function headerOf(part: FamilyPart): ColumnsHeader {
  const { size } = part.columns;
  const titles = part.columns.titles.texts;
  switch (part.family) {
    case 'cells': {
      const { countries, buckets, measures } = part.columns;
      const filled = filledMeasures(measures, MEASURE_COUNT);
      return { size, titles, texts: countries.texts, measures: filled, base: baseOf(buckets) };
    }
    case 'rows': {
      const filled = filledMeasures(part.columns.measures, ROW_MEASURE_COUNT);
      return { size, titles, texts: part.columns.rows.texts, measures: filled, base: 0 };
    }
    case 'distinct':
      return { size, titles, texts: [], measures: [], base: baseOf(part.columns.hours) };
  }
}

/** Takes integers one by one. */
export type PutInteger = (value: number) => void;

/** All columns are of non-negative integers below 2^53. */
export function putColumns(
  part: FamilyPart,
  { measures: filled, base }: ColumnsHeader,
  put: PutInteger,
): void {
  const { size, titles } = part.columns;
  for (const index of titles.indices) put(index);
  if (part.family === 'distinct') {
    const { hours, counts, packed } = part.columns;
    for (const hour of hours) put(hour < 0 ? 0 : hour - base + 1);
    for (const count of counts) put(count);
    for (const one of packed) put(one);
    return;
  }
  const { measures } = part.columns;
  const count = part.family === 'cells' ? MEASURE_COUNT : ROW_MEASURE_COUNT;
  const texts = part.family === 'cells' ? part.columns.countries : part.columns.rows;
  for (const index of texts.indices) put(index);
  if (part.family === 'cells')
    for (const bucket of part.columns.buckets) put(bucket < 0 ? 0 : bucket - base + 1);
  for (const measure of filled) for (let i = 0; i < size; i++) put(measures[i * count + measure]!);
}

/** Reads integers one by one; throws RangeError where there is none. */
export type NextInteger = () => number;

/** The inverse of `putColumns`. Throws RangeError for columns that no part has. */
export function joinPart(family: FamilyPart['family'], header: ColumnsHeader, next: NextInteger): FamilyPart {
  const { size, base } = header;
  const titles = textsIn(header.titles, size, next);
  const times = (): Int32Array =>
    Int32Array.from({ length: size }, () => {
      const value = next();
      return value === 0 ? -1 : value - 1 + base;
    });
  switch (family) {
    case 'cells': {
      const countries = textsIn(header.texts as readonly Country[], size, next);
      const buckets = times();
      const measures = readMeasures(header, MEASURE_COUNT, next);
      return { family, columns: { size, titles, countries, buckets, measures } satisfies CellColumns };
    }
    case 'rows': {
      const rows = textsIn(header.texts, size, next);
      const measures = readMeasures(header, ROW_MEASURE_COUNT, next);
      return { family, columns: { size, titles, rows, measures } satisfies RowColumns };
    }
    case 'distinct': {
      const hours = times();
      const counts = Int32Array.from({ length: size }, next);
      const packed = Uint16Array.from({ length: counts.reduce((sum, count) => sum + count, 0) }, next);
      return { family, columns: { size, titles, hours, counts, packed } satisfies DistinctColumns };
    }
    default:
      throw new RangeError(`no known family: ${String(family satisfies never)}`);
  }
}

function textsIn<T extends string>(texts: readonly T[], size: number, next: NextInteger): TextColumn<T> {
  const indices = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    indices[i] = next();
    if (indices[i]! >= texts.length) throw new RangeError('index past its dictionary');
  }
  return { texts, indices };
}

function readMeasures({ size, measures }: ColumnsHeader, count: number, next: NextInteger): Float64Array {
  const out = new Float64Array(size * count);
  for (const measure of measures) {
    if (!(measure < count)) throw new RangeError('no such measure');
    for (let i = 0; i < size; i++) out[i * count + measure] = next();
  }
  return out;
}

function filledMeasures(values: Float64Array, count: number): number[] {
  const filled: number[] = [];
  for (let measure = 0; measure < count; measure++) {
    let at = measure;
    while (at < values.length && values[at] === 0) at += count;
    if (at < values.length) filled.push(measure);
  }
  return filled;
}

function baseOf(times: Int32Array): number {
  let base = Infinity;
  for (const time of times) if (time >= 0 && time < base) base = time;
  return base === Infinity ? 0 : base;
}
