/** The batch part in memory: a version of the view `popularity` as Arrow columns, with an index by title. */
import type { Country, TitleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { atOnce, type InSlices } from '../../domain/in-slices.ts';
import type { CountNames, CountRows, CountSource, VisitCounts } from '../../domain/merge.ts';
import { codedText, numbers, type ArrowTable, type CodedText } from './columns.ts';
import { createExpectedPlays } from './expected.ts';

/** Columns of the parts in the order of the measures. */
export const MEASURE_COLUMNS = [
  'plays',
  'qualified_plays',
  'impressions',
  'seconds_viewed',
  'capped_plays',
  'capped_qualified_plays',
  'capped_impressions',
  'capped_seconds_viewed',
] as const;

/** The view's parts; in each, the rows of a title are together. */
export interface PopularityTables {
  /** title_id, country and measures over all time. */
  readonly totals: ArrowTable;
  /** title_id, country, bucket and measures of the last two days. */
  readonly recent: ArrowTable;
  /** title_id, row, impressions and capped_impressions over all time. */
  readonly rows: ArrowTable;
  /** title_id, register and rank over all time. */
  readonly distinct: ArrowTable;
  /** title_id, country, hour_of_week, capped_plays and hours of the last weeks; versions from before there were any lack it. */
  readonly expected?: ArrowTable | undefined;
}

export interface PopularityView extends CountSource, Omit<PopularityTables, 'expected'> {}

interface Rows {
  readonly count: number;
  readonly titles: CodedText;
  readonly countries: CodedText;
  readonly measures: readonly Float64Array[];
  readonly names: CountNames;
}

/** Throws RangeError for parts that are not of this view's shape. */
export function createPopularityView(tables: PopularityTables): PopularityView {
  return atOnce(popularityViewInSlices(tables));
}

/** The same, with rests between the parts. */
export function* popularityViewInSlices(tables: PopularityTables): InSlices<PopularityView> {
  const { totals, recent } = tables;
  const all = rowsOf(totals);
  yield;
  const windowed = rowsOf(recent);
  const buckets = numbers(recent, 'bucket', Int32Array);
  yield;
  const ranges = indexByTitle(all.titles);
  yield;
  const everything = Float64Array.from(all.measures, (column) =>
    column.reduce((sum, value) => sum + value, 0),
  );
  yield;
  const expectedRanges = tables.expected && indexByTitle(codedText(tables.expected, 'title_id'));
  yield;
  const expected = tables.expected && expectedRanges && createExpectedPlays(tables.expected, expectedRanges);
  yield;
  const eachRow = rowVisitor(tables.rows);
  yield;
  const addDistinct = registerAdder(tables.distinct);
  yield;

  return {
    ...tables,
    ...{ expected, eachRow, addDistinct },
    addTitle(title, country, out) {
      const [from, to] = ranges.get(title) ?? [0, 0];
      const isWanted = matching(all.countries, country);
      let found = false;
      for (let row = from; row < to; row++) {
        if (!isWanted(row)) continue;
        found = true;
        for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += all.measures[m]![row]!;
      }
      return found;
    },
    addEverything(out) {
      for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += everything[m]!;
    },
    eachTotal: (country, visit) => visitRows(all, matching(all.countries, country), visit),
    totalRows: () => countRowsOf(all),
    rowsInBuckets: () => [{ ...countRowsOf(windowed), buckets }],
    eachInBuckets(from, to, country, visit) {
      const isOfCountry = matching(windowed.countries, country);
      const isWanted = (row: number): boolean =>
        buckets[row]! >= from && buckets[row]! < to && isOfCountry(row);
      visitRows(windowed, isWanted, visit);
    },
  };
}

function rowVisitor(table: ArrowTable): CountSource['eachRow'] {
  const ranges = indexByTitle(codedText(table, 'title_id'));
  const { codes, texts } = codedText(table, 'row');
  const measures = ['impressions', 'capped_impressions'].map((name) => numbers(table, name, Float64Array));
  return (title, visit) => {
    const [from, to] = ranges.get(title) ?? [0, 0];
    for (let row = from; row < to; row++) {
      const counted = Float64Array.from(measures, (column) => column[row]!);
      visit(texts[codes[row]!]!, counted, 0);
    }
  };
}

function registerAdder(table: ArrowTable): CountSource['addDistinct'] {
  const ranges = indexByTitle(codedText(table, 'title_id'));
  const registers = numbers(table, 'register', Int32Array);
  const ranks = numbers(table, 'rank', Int32Array);
  return (title, out) => {
    const [from, to] = ranges.get(title) ?? [0, 0];
    for (let row = from; row < to; row++) {
      const register = registers[row]!;
      if (out[register]! < ranks[row]!) out[register] = ranks[row]!;
    }
  };
}

function rowsOf(table: ArrowTable): Rows {
  const [titles, countries] = [codedText(table, 'title_id'), codedText(table, 'country')];
  return {
    ...{ count: table.numRows, titles, countries },
    names: {
      places: () => titles.texts.length,
      titleAt: (place) => titles.texts[place]! as TitleId,
      codeOf: (country) => countries.texts.indexOf(country),
      codes: countries.texts.length,
    },
    measures: MEASURE_COLUMNS.map((name) => numbers(table, name, Float64Array)),
  };
}

function matching({ codes, texts }: CodedText, country: Country | undefined): (row: number) => boolean {
  if (country === undefined) return () => true;
  const wanted = texts.indexOf(country);
  return (row) => codes[row] === wanted;
}

const countRowsOf = ({ count, titles, countries, measures, names }: Rows): CountRows => ({
  ...{ names, size: count, keyStride: 1, stride: 1 },
  titles: titles.codes,
  countries: countries.codes,
  of: (measure) => measures[measure]!,
});

function visitRows(rows: Rows, isWanted: (row: number) => boolean, visit: VisitCounts): void {
  const { count, titles, countries, measures } = rows;
  const one = new Float64Array(MEASURE_COUNT);
  for (let row = 0; row < count; row++) {
    if (!isWanted(row)) continue;
    for (let m = 0; m < MEASURE_COUNT; m++) one[m] = measures[m]![row]!;
    const country = countries.texts[countries.codes[row]!] as Country;
    const place = titles.codes[row]!;
    visit(titles.texts[place] as TitleId, one, 0, country, place);
  }
}

/** First row and the one past the last, by title. Throws RangeError when a title's rows are not together. */
function indexByTitle({ codes, texts }: CodedText): ReadonlyMap<string, readonly [number, number]> {
  const ranges = new Map<string, readonly [number, number]>();
  for (let from = 0; from < codes.length;) {
    const code = codes[from]!;
    let to = from + 1;
    while (to < codes.length && codes[to] === code) to++;
    const title = texts[code]!;
    if (ranges.has(title)) throw new RangeError(`rows of title ${title} are not together`);
    ranges.set(title, [from, to]);
    from = to;
  }
  return ranges;
}
