/** Adds up counts as they lie in memory: what is done for every cell there is, and therefore loops over columns. */
import type { Country, TitleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import type { CountNames, CountRows } from '../../domain/merge.ts';
import type { TitleTable } from '../../domain/ranking/types.ts';
import type { Bucket } from '../../domain/time.ts';

type Table = Pick<TitleTable, 'ids' | 'numberOf'>;

/** Sums of a country; null for all countries. */
interface OfCountry {
  readonly country: Country | null;
}

/** Rows to look at: from one on, and before another. */
export type RowSpan = readonly [from: number, end: number];

/** Adds one measure of rows to the sums of their country, by title number, and to those of all. Each country once. */
export function addRows<T extends OfCountry>(
  table: Table,
  rows: CountRows,
  measure: number,
  to: readonly T[],
  sumsOf: (one: T) => Float64Array,
  among?: readonly [Bucket, Bucket],
  [first, last]: RowSpan = [0, rows.size],
): void {
  const { size, titles, countries, keyStride, stride, buckets } = rows;
  const { numbers } = knownOf(table, rows.names);
  const sums = to.map(sumsOf);
  const wanted = placesOf(rows.names, to);
  const all = to.findIndex(({ country }) => country === null);
  const values = rows.of(measure);
  const [from, end] = buckets === undefined || among === undefined ? [-Infinity, Infinity] : among;
  const stop = Math.min(size, last);
  for (
    let row = first, key = first * keyStride, at = first * stride;
    row < stop;
    row++, key += keyStride, at += stride
  ) {
    const place = wanted[countries[key]!]!;
    if (place < 0 && all < 0) continue;
    if (buckets !== undefined && !(buckets[row]! >= from && buckets[row]! < end)) continue;
    const title = numbers[titles[key]!]!;
    if (title < 0) continue;
    const value = values[at]!;
    if (place >= 0) sums[place]![title]! += value;
    if (all >= 0) sums[all]![title]! += value;
  }
}

/** Visits rows of titles that stand under another's number: the episodes of a series. */
export function eachChild<T extends OfCountry>(
  table: Table,
  rows: CountRows,
  to: readonly T[],
  [from, end]: readonly [Bucket, Bucket],
  visit: (one: T, title: number, id: TitleId) => void,
): void {
  const { size, titles, countries, keyStride, buckets, names } = rows;
  const { numbers, children } = knownOf(table, names);
  if (children.size === 0) return;
  const wanted = placesOf(names, to);
  const all = to.findIndex(({ country }) => country === null);
  for (let row = 0; row < size; row++) {
    const title = titles[row * keyStride]!;
    if (!children.has(title) || isEmpty(rows, row)) continue;
    if (buckets !== undefined && !(buckets[row]! >= from && buckets[row]! < end)) continue;
    const place = wanted[countries[row * keyStride]!]!;
    if (place >= 0) visit(to[place]!, numbers[title]!, names.titleAt(title));
    if (all >= 0) visit(to[all]!, numbers[title]!, names.titleAt(title));
  }
}

function isEmpty(rows: CountRows, row: number): boolean {
  for (let measure = 0; measure < MEASURE_COUNT; measure++)
    if (rows.of(measure)[row * rows.stride] !== 0) return false;
  return true;
}

/** Places in a list of countries by the codes that rows have for them; −1 for the others. */
function placesOf(names: CountNames, to: readonly OfCountry[]): Int32Array {
  const places = new Int32Array(names.codes).fill(-1);
  to.forEach(({ country }, place) => {
    const code = country === null ? -1 : names.codeOf(country);
    if (code >= 0) places[code] = place;
  });
  return places;
}

/** Numbers of the titles that rows name, each looked up once for as long as the names are the same. */
interface Known {
  /** By place; −1 for titles that the table does not have. */
  numbers: Int32Array;
  /** Places that were looked up: all below. */
  end: number;
  /** Places of titles that stand under another's number. */
  readonly children: Set<number>;
}

const known = new WeakMap<CountNames, WeakMap<Table, Known>>();

function knownOf(table: Table, names: CountNames): Known {
  let ofTables = known.get(names);
  if (ofTables === undefined) known.set(names, (ofTables = new WeakMap()));
  let found = ofTables.get(table);
  if (found === undefined)
    ofTables.set(table, (found = { numbers: new Int32Array(1024), end: 0, children: new Set() }));
  const end = names.places();
  if (end > found.numbers.length) {
    const longer = new Int32Array(2 * end);
    longer.set(found.numbers);
    found.numbers = longer;
  }
  for (let place = found.end; place < end; place++) {
    const id = names.titleAt(place);
    const number = table.numberOf(id);
    found.numbers[place] = number;
    if (number >= 0 && table.ids[number] !== id) found.children.add(place);
  }
  found.end = end;
  return found;
}
