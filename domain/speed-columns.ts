/**
 * The columns of a speed-view chunk as unsigned LEB128 integers, one column after the other. Titles and other texts go
 * through dictionaries in the header, which also names the measures that have any value: plays have no impressions.
 */
import type { CellColumns } from './cells.ts';
import type { DistinctColumns } from './distinct.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import { ROW_MEASURE_COUNT, type RowColumns } from './row-counts.ts';
import type { FamilyPart } from './speed-view.ts';

/** What a chunk's header says of its columns. */
export interface ColumnsHeader {
  readonly size: number;
  readonly titles: readonly TitleId[];
  /** Of the second text column: countries or rows; empty for a family without. */
  readonly texts: readonly string[];
  /** Columns of the measures that follow; the others are 0 throughout. */
  readonly measures: readonly number[];
}

/** Header and columns of a part; all columns are of non-negative integers below 2^53. */
export function splitPart(part: FamilyPart): { header: ColumnsHeader; columns: ArrayLike<number>[] } {
  const titles = dictionaryOf(part.columns.titles);
  const start = { size: part.columns.size, titles: titles.values };
  if (part.family === 'distinct') {
    const { hours, counts, packed } = part.columns;
    const header = { ...start, texts: [], measures: [] };
    return { header, columns: [titles.indices, hours.map((hour) => hour + 1), counts, packed] };
  }
  const texts = dictionaryOf(part.family === 'cells' ? part.columns.countries : part.columns.rows);
  const count = part.family === 'cells' ? MEASURE_COUNT : ROW_MEASURE_COUNT;
  const measures = filledMeasures(part.columns.measures, count);
  const columns: ArrayLike<number>[] = [titles.indices, texts.indices];
  if (part.family === 'cells') columns.push(part.columns.buckets.map((bucket) => bucket + 1));
  for (const measure of measures)
    columns.push(everyNth(part.columns.measures, part.columns.size, count, measure));
  return { header: { ...start, texts: texts.values, measures }, columns };
}

/** Reads integers one by one; throws RangeError where there is none. */
export type NextInteger = () => number;

/** The inverse of `splitPart`. Throws RangeError for columns that no part has. */
export function joinPart(family: FamilyPart['family'], header: ColumnsHeader, next: NextInteger): FamilyPart {
  const { size } = header;
  const integers = (count: number): number[] => Array.from({ length: count }, next);
  const pick = <T>(dictionary: readonly T[]): T[] =>
    integers(size).map((index) => {
      if (index >= dictionary.length) throw new RangeError('index past its dictionary');
      return dictionary[index]!;
    });
  const titles = pick(header.titles);
  switch (family) {
    case 'cells': {
      const countries = pick(header.texts) as Country[];
      const buckets = Int32Array.from(integers(size), (value) => value - 1);
      const measures = readMeasures(header, MEASURE_COUNT, next);
      return { family, columns: { size, titles, countries, buckets, measures } satisfies CellColumns };
    }
    case 'rows': {
      const rows = pick(header.texts);
      const measures = readMeasures(header, ROW_MEASURE_COUNT, next);
      return { family, columns: { size, titles, rows, measures } satisfies RowColumns };
    }
    case 'distinct': {
      const hours = Int32Array.from(integers(size), (value) => value - 1);
      const counts = Int32Array.from(integers(size));
      const packed = Uint16Array.from(integers(counts.reduce((sum, count) => sum + count, 0)));
      return { family, columns: { size, titles, hours, counts, packed } satisfies DistinctColumns };
    }
    default:
      throw new RangeError(`no known family: ${String(family satisfies never)}`);
  }
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
  const isFilled = new Array<boolean>(count).fill(false);
  values.forEach((value, i) => {
    if (value !== 0) isFilled[i % count] = true;
  });
  return isFilled.flatMap((filled, measure) => (filled ? [measure] : []));
}

function everyNth(values: Float64Array, size: number, count: number, measure: number): Float64Array {
  const column = new Float64Array(size);
  for (let i = 0; i < size; i++) column[i] = values[i * count + measure]!;
  return column;
}

function dictionaryOf<T>(column: readonly T[]): { values: T[]; indices: Uint32Array } {
  const known = new Map<T, number>();
  const indices = new Uint32Array(column.length);
  column.forEach((value, i) => {
    const index = known.get(value) ?? known.size;
    known.set(value, index);
    indices[i] = index;
  });
  return { values: [...known.keys()], indices };
}
