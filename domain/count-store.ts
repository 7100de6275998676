/** Counts of cells that come and go, by title and country over all time and by five-minute bucket. Mutable. */
import type { CellColumns } from './cells.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import type { CountSource, VisitCounts } from './merge.ts';
import { textAt } from './text-column.ts';
import { OUTSIDE_WINDOWS, type Bucket } from './time.ts';

type ByCountry = Map<Country, Float64Array>;
type ByTitle = Map<TitleId, ByCountry>;

export interface CountStore extends Omit<CountSource, 'eachRow' | 'addDistinct'> {
  /** Adds cells, or takes away what was added before. Cells that come to nothing are forgotten. */
  add(cells: CellColumns, sign: 1 | -1): void;
  titles(): Iterable<TitleId>;
  countriesOf(title: TitleId): ReadonlyMap<Country, Float64Array>;
}

export function createCountStore(): CountStore {
  const totals: ByTitle = new Map();
  const buckets = new Map<Bucket, ByTitle>();
  const everything = new Float64Array(MEASURE_COUNT);

  return {
    add(cells, sign) {
      for (let i = 0; i < cells.size; i++) {
        const title = textAt(cells.titles, i);
        const country = textAt(cells.countries, i);
        const bucket = cells.buckets[i]!;
        const at = { measures: cells.measures, base: i * MEASURE_COUNT, sign };
        addTo(everything, at);
        change(totals, title, country, at);
        if (bucket === OUTSIDE_WINDOWS) continue;
        let inBucket = buckets.get(bucket);
        if (inBucket === undefined) buckets.set(bucket, (inBucket = new Map<TitleId, ByCountry>()));
        change(inBucket, title, country, at);
        if (inBucket.size === 0) buckets.delete(bucket);
      }
    },
    titles: () => totals.keys(),
    countriesOf: (title) => totals.get(title) ?? new Map(),
    addTitle(title, country, out) {
      const found = pick(totals.get(title), country);
      for (const sums of found) for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += sums[m]!;
      return found.length > 0;
    },
    addEverything(out) {
      for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += everything[m]!;
    },
    eachTotal: (country, visit) => visitAll(totals, country, visit),
    eachInBuckets(from, to, country, visit) {
      // Whichever is less: the buckets of the range or those there are.
      if (to - from > buckets.size) {
        for (const [bucket, byTitle] of buckets)
          if (bucket >= from && bucket < to) visitAll(byTitle, country, visit);
        return;
      }
      for (let bucket = from; bucket < to; bucket++) {
        const byTitle = buckets.get(bucket);
        if (byTitle !== undefined) visitAll(byTitle, country, visit);
      }
    },
  };
}

interface SignedMeasures {
  readonly measures: Float64Array;
  readonly base: number;
  readonly sign: 1 | -1;
}

function addTo(sums: Float64Array, { measures, base, sign }: SignedMeasures): void {
  for (let m = 0; m < MEASURE_COUNT; m++) sums[m]! += sign * measures[base + m]!;
}

function change(byTitle: ByTitle, title: TitleId, country: Country, at: SignedMeasures): void {
  let byCountry = byTitle.get(title);
  if (byCountry === undefined) byTitle.set(title, (byCountry = new Map<Country, Float64Array>()));
  let sums = byCountry.get(country);
  if (sums === undefined) byCountry.set(country, (sums = new Float64Array(MEASURE_COUNT)));
  addTo(sums, at);
  if (sums.some((sum) => sum !== 0)) return;
  byCountry.delete(country);
  if (byCountry.size === 0) byTitle.delete(title);
}

function pick(byCountry: ByCountry | undefined, country: Country | undefined): Float64Array[] {
  if (byCountry === undefined) return [];
  if (country === undefined) return [...byCountry.values()];
  const sums = byCountry.get(country);
  return sums === undefined ? [] : [sums];
}

function visitAll(byTitle: ByTitle, country: Country | undefined, visit: VisitCounts): void {
  for (const [title, byCountry] of byTitle) {
    if (country === undefined) for (const sums of byCountry.values()) visit(title, sums, 0);
    else {
      const sums = byCountry.get(country);
      if (sums !== undefined) visit(title, sums, 0);
    }
  }
}
