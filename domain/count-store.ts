/** Counts of cells that come and go, by title and country over all time and by five-minute bucket. Mutable. */
import type { CellColumns } from './cells.ts';
import { createCountTable, type CountTable } from './count-table.ts';
import { countryCode, COUNTRY_CODES, countryOfCode } from './country-code.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import type { CountNames, CountSource, VisitCounts } from './merge.ts';
import { createColumnBuilder } from './text-column.ts';
import { createTextTable, type TextTable } from './text-table.ts';
import { OUTSIDE_WINDOWS, type Bucket } from './time.ts';

export interface CountStore
  extends
    Omit<CountSource, 'eachRow' | 'addDistinct' | 'totalRows' | 'rowsInBuckets'>,
    Required<Pick<CountSource, 'totalRows' | 'rowsInBuckets'>> {
  /** Adds cells, or takes away what was added before. Cells that come to nothing are forgotten. */
  add(cells: CellColumns, sign: 1 | -1): void;
  titles(): Iterable<TitleId>;
  countriesOf(title: TitleId): ReadonlyMap<Country, Float64Array>;
  /** Everything there is, a slice at a time: sums by title and country over all time, with no bucket, and by bucket. */
  dump(): Generator<CellColumns>;
  /** Takes in a slice that another store gave; into one that was given nothing else. */
  load(slice: CellColumns): void;
}

export function createCountStore(): CountStore {
  let names: TextTable = createTextTable();
  let rowNames = namesOf(names);
  let totals = createCountTable();
  const buckets = new Map<Bucket, CountTable>();
  const countries = new Set<number>();
  const everything = new Float64Array(MEASURE_COUNT);

  const tableOf = (bucket: Bucket): CountTable => {
    let table = buckets.get(bucket);
    if (table === undefined) buckets.set(bucket, (table = createCountTable()));
    return table;
  };

  function* tablesIn(from: Bucket, to: Bucket): Generator<CountTable> {
    // Whichever is less: the buckets of the range or those there are.
    if (to - from > buckets.size) {
      for (const [bucket, table] of buckets) if (bucket >= from && bucket < to) yield table;
      return;
    }
    for (let bucket = from; bucket < to; bucket++) {
      const table = buckets.get(bucket);
      if (table !== undefined) yield table;
    }
  }

  /** What came to nothing still takes room: the rest is put into tables of its own, under new numbers. */
  const renew = (): void => {
    const [old, next] = [names, createTextTable()];
    const renewed = (table: CountTable): CountTable => {
      const into = createCountTable();
      table.each((title, country, measures, base) =>
        into.add(next.of(old.text(title)), country, measures, base, 1),
      );
      return into;
    };
    totals = renewed(totals);
    for (const [bucket, table] of buckets) buckets.set(bucket, renewed(table));
    names = next;
    rowNames = namesOf(next);
  };

  const visitAll = (table: CountTable, country: Country | undefined, visit: VisitCounts): void => {
    const wanted = country === undefined ? undefined : codeOf(country);
    table.each((title, where, measures, base) => {
      if (wanted === undefined || wanted === where)
        visit(names.text(title) as TitleId, measures, base, countryOfCode(where) as Country, title);
    });
  };

  /** Calls back for every cell with the numbers that its title and country have here. */
  const eachCell = (
    { size, titles, countries: places, buckets: times, measures }: CellColumns,
    visit: (title: number, country: number, bucket: Bucket, from: Float64Array, base: number) => void,
  ): void => {
    const numbers = titles.texts.map((title) => names.of(title));
    const codes = places.texts.map(codeOf);
    for (const code of codes) countries.add(code);
    for (let i = 0; i < size; i++)
      visit(numbers[titles.indices[i]!]!, codes[places.indices[i]!]!, times[i]!, measures, i * MEASURE_COUNT);
  };

  return {
    *dump() {
      for (const [bucket, table] of [[OUTSIDE_WINDOWS, totals] as const, ...buckets])
        yield* slicesOf(bucket, table, names);
    },
    load(slice) {
      let last: { readonly bucket: Bucket; readonly table: CountTable } | undefined;
      eachCell(slice, (title, country, bucket, from, base) => {
        if (bucket === OUTSIDE_WINDOWS) {
          totals.add(title, country, from, base, 1);
          for (let m = 0; m < MEASURE_COUNT; m++) everything[m]! += from[base + m]!;
          return;
        }
        if (last?.bucket !== bucket) last = { bucket, table: tableOf(bucket) };
        last.table.add(title, country, from, base, 1);
      });
    },
    add({ size, titles, countries: places, buckets: times, measures }, sign) {
      const numbers = titles.texts.map((title) => names.of(title));
      const codes = places.texts.map(codeOf);
      for (const code of codes) countries.add(code);
      let last: { readonly bucket: Bucket; readonly table: CountTable } | undefined;
      for (let i = 0; i < size; i++) {
        const [title, country] = [numbers[titles.indices[i]!]!, codes[places.indices[i]!]!];
        const [base, bucket] = [i * MEASURE_COUNT, times[i]!];
        for (let m = 0; m < MEASURE_COUNT; m++) everything[m]! += sign * measures[base + m]!;
        totals.add(title, country, measures, base, sign);
        if (bucket === OUTSIDE_WINDOWS) continue;
        // Cells of one block are mostly of few buckets.
        if (last?.bucket !== bucket) last = { bucket, table: tableOf(bucket) };
        last.table.add(title, country, measures, base, sign);
        if (sign === 1 || last.table.live() > 0) continue;
        buckets.delete(bucket);
        last = undefined;
      }
      if (totals.isWorn()) renew();
    },
    titles() {
      const found = new Set<TitleId>();
      visitAll(totals, undefined, (title) => found.add(title));
      return found;
    },
    countriesOf(title) {
      const found = new Map<Country, Float64Array>();
      const number = names.find(title);
      for (const code of countries) {
        const sums = new Float64Array(MEASURE_COUNT);
        if (totals.addRow(number, code, sums)) found.set(countryOfCode(code) as Country, sums);
      }
      return found;
    },
    addTitle(title, country, out) {
      const number = names.find(title);
      let isFound = false;
      for (const code of country === undefined ? countries : [codeOf(country)])
        isFound = totals.addRow(number, code, out) || isFound;
      return isFound;
    },
    addEverything(out) {
      for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += everything[m]!;
    },
    eachTotal: (country, visit) => visitAll(totals, country, visit),
    eachInBuckets(from, to, country, visit) {
      for (const table of tablesIn(from, to)) visitAll(table, country, visit);
    },
    totalRows: () => ({ names: rowNames, ...totals.columns() }),
    rowsInBuckets: (from, to) =>
      Array.from(tablesIn(from, to), (table) => ({ names: rowNames, ...table.columns() })),
  };
}

const namesOf = (names: TextTable): CountNames => ({
  places: names.size,
  titleAt: (place) => names.text(place) as TitleId,
  codeOf,
  codes: COUNTRY_CODES,
});

/** So few that nobody waits long for one. */
const SLICE_ROWS = 16_384;

function* slicesOf(bucket: Bucket, table: CountTable, names: TextTable): Generator<CellColumns> {
  const rows = table.live();
  const [titles, countries] = [new Int32Array(rows), new Int32Array(rows)];
  const measures = new Float64Array(rows * MEASURE_COUNT);
  let row = 0;
  table.each((title, country, from, base) => {
    titles[row] = title;
    countries[row] = country;
    for (let m = 0; m < MEASURE_COUNT; m++) measures[row * MEASURE_COUNT + m] = from[base + m]!;
    row += 1;
  });
  const builder = createColumnBuilder();
  for (let start = 0; start < rows; start += SLICE_ROWS) {
    const end = Math.min(rows, start + SLICE_ROWS);
    yield {
      size: end - start,
      titles: builder.build<TitleId>(titles.subarray(start, end), names.text),
      countries: builder.build<Country>(countries.subarray(start, end), countryOfCode),
      buckets: new Int32Array(end - start).fill(bucket),
      measures: measures.subarray(start * MEASURE_COUNT, end * MEASURE_COUNT),
    };
  }
}

const codeOf = (country: Country): number => countryCode(country.charCodeAt(0), country.charCodeAt(1));
