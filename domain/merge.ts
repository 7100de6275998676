/**
 * served(title) = batch(title) + Σ cells of blocks from the cut on. Batch and speed each answer as a `CountSource`, and
 * since every event is in exactly one of them, merging is adding.
 */
import type { Registers } from './distinct.ts';
import type { ExpectedPlays } from './expected-plays.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT, MEASURES, type Measure } from './measures.ts';
import { ROW_MEASURE_COUNT, ROW_MEASURES } from './row-counts.ts';
import type { Bucket, EpochMs } from './time.ts';

/**
 * Gets MEASURE_COUNT measures, from `base` on, that belong to a title in a country. Both may come up any number of times.
 * `place` is a small number that stands for the title until the source changes; −1 where it has none.
 */
export type VisitCounts = (
  title: TitleId,
  measures: Float64Array,
  base: number,
  country: Country,
  place: number,
) => void;

/** What rows of counts call titles and countries, until the source changes. */
export interface CountNames {
  /** How many places there are, all below it; more may come. */
  places(): number;
  titleAt(place: number): TitleId;
  /** −1 for a country that no row has. Two texts of which one is no country may have one code. */
  codeOf(country: Country): number;
  /** Codes are below it. */
  readonly codes: number;
}

/**
 * Counts as they lie in memory, for whoever adds up many: row r is of the title at `titles[r · keyStride]` and the country of code
 * `countries[r · keyStride]`, and has `of(measure)[r · stride]`. Rows may hold nothing. Only good until the source changes.
 */
export interface CountRows {
  readonly names: CountNames;
  readonly size: number;
  readonly titles: Int32Array;
  readonly countries: Int32Array;
  readonly keyStride: number;
  of(measure: number): Float64Array;
  readonly stride: number;
  /** Five-minute bucket of each row, where rows of others are among those asked for. */
  readonly buckets?: Int32Array | undefined;
}

/** Counts of one lane. Without a country, those of all countries. */
export interface CountSource {
  /** What the weeks before let expect; a lane of a few days knows nothing of that. */
  readonly expected?: ExpectedPlays | undefined;
  /** Adds what a title has over all time to `out`; says whether it had anything. */
  addTitle(title: TitleId, country: Country | undefined, out: Float64Array): boolean;
  /** Adds what all titles have over all time, in all countries, to `out`. */
  addEverything(out: Float64Array): void;
  /** Visits everything counted over all time. */
  eachTotal(country: Country | undefined, visit: VisitCounts): void;
  /** Visits what was counted in the five-minute buckets [from, to). */
  eachInBuckets(from: Bucket, to: Bucket, country: Country | undefined, visit: VisitCounts): void;
  /** All that `eachTotal` visits, as rows; a lane of several sources has none. */
  totalRows?(): CountRows;
  /** Rows among which is all that `eachInBuckets` visits; likewise. */
  rowsInBuckets?(from: Bucket, to: Bucket): readonly CountRows[];
  /** Visits the impressions of a title by row, over all time and countries; a row may come up any number of times. */
  eachRow(title: TitleId, visit: VisitRow): void;
  /** Raises `out` to the registers of who started the title, over all time and countries. */
  addDistinct(title: TitleId, out: Registers): void;
}

/** Gets ROW_MEASURE_COUNT measures, from `base` on, of one row. */
export type VisitRow = (row: string, measures: Float64Array, base: number) => void;

export const NO_COUNTS: CountSource = {
  addTitle: () => false,
  addEverything: () => undefined,
  eachTotal: () => undefined,
  eachInBuckets: () => undefined,
  eachRow: () => undefined,
  addDistinct: () => undefined,
};

/** What several sources counted together; each event is in exactly one of them. */
export function joinCounts(sources: readonly CountSource[]): CountSource {
  if (sources.length === 1) return sources[0]!;
  return {
    addTitle(title, country, out) {
      let isFound = false;
      for (const source of sources) isFound = source.addTitle(title, country, out) || isFound;
      return isFound;
    },
    addEverything: (out) => sources.forEach((source) => source.addEverything(out)),
    eachTotal: (country, visit) => sources.forEach((source) => source.eachTotal(country, unplaced(visit))),
    eachInBuckets: (from, to, country, visit) =>
      sources.forEach((source) => source.eachInBuckets(from, to, country, unplaced(visit))),
    eachRow: (title, visit) => sources.forEach((source) => source.eachRow(title, visit)),
    addDistinct: (title, out) => sources.forEach((source) => source.addDistinct(title, out)),
  };
}

/** Each source has places of its own. */
const unplaced =
  (visit: VisitCounts): VisitCounts =>
  (title, measures, base, country) =>
    visit(title, measures, base, country, -1);

export interface MergedCount {
  readonly batch: number;
  readonly speed: number;
  readonly total: number;
}

export type MergedTitle = Readonly<Record<Measure, MergedCount>>;

/** Both parts and the total of each measure; undefined where neither lane has heard of the title. */
export function mergeTitle(
  batch: CountSource,
  speed: CountSource,
  title: TitleId,
  country?: Country,
): MergedTitle | undefined {
  const ofBatch = new Float64Array(MEASURE_COUNT);
  const ofSpeed = new Float64Array(MEASURE_COUNT);
  const inBatch = batch.addTitle(title, country, ofBatch);
  const inSpeed = speed.addTitle(title, country, ofSpeed);
  return inBatch || inSpeed ? mergeMeasures(ofBatch, ofSpeed) : undefined;
}

/** A title that nothing was counted of. */
export const nothingCounted = (): MergedTitle =>
  mergeMeasures(new Float64Array(MEASURE_COUNT), new Float64Array(MEASURE_COUNT));

function mergeMeasures(batch: Float64Array, speed: Float64Array): MergedTitle {
  const entries = MEASURES.map((measure, m) => {
    const [ofBatch, ofSpeed] = [batch[m]!, speed[m]!];
    return [measure, { batch: ofBatch, speed: ofSpeed, total: ofBatch + ofSpeed }] as const;
  });
  return Object.fromEntries(entries) as Record<Measure, MergedCount>;
}

/** Plays of a title by the row they came from, of the newest answers of attribution. */
export interface TitlePlays {
  readonly byRow: ReadonlyMap<string, number>;
  /** Append time of the oldest record counted; null where there is none. */
  readonly since: EpochMs | null;
}

/** One title in one row: impressions, raw and capped, and the plays that came from there. */
export interface MergedRow {
  readonly row: string;
  /** Since `TitlePlays.since`; null where they are not known. */
  readonly plays: number | null;
  readonly impressions: MergedCount;
  readonly cappedImpressions: MergedCount;
}

/** The rows that showed a title or led to a play of it, most impressions first; ties by name. */
export function mergeRows(
  batch: CountSource,
  speed: CountSource,
  title: TitleId,
  plays: TitlePlays | null,
): MergedRow[] {
  const rows = new Map<string, { readonly batch: Float64Array; readonly speed: Float64Array }>();
  const sumsOf = (row: string): { readonly batch: Float64Array; readonly speed: Float64Array } => {
    let sums = rows.get(row);
    if (sums === undefined) {
      sums = { batch: new Float64Array(ROW_MEASURE_COUNT), speed: new Float64Array(ROW_MEASURE_COUNT) };
      rows.set(row, sums);
    }
    return sums;
  };
  const addFrom = (source: CountSource, lane: 'batch' | 'speed'): void =>
    source.eachRow(title, (row, measures, base) => {
      const sums = sumsOf(row);
      for (let m = 0; m < ROW_MEASURE_COUNT; m++) sums[lane][m]! += measures[base + m]!;
    });
  addFrom(batch, 'batch');
  addFrom(speed, 'speed');
  for (const row of plays?.byRow.keys() ?? []) sumsOf(row);
  const merged = Array.from(rows, ([row, sums]): MergedRow => {
    const [impressions, cappedImpressions] = ROW_MEASURES.map((_, m) => {
      const [ofBatch, ofSpeed] = [sums.batch[m]!, sums.speed[m]!];
      return { batch: ofBatch, speed: ofSpeed, total: ofBatch + ofSpeed };
    });
    const ofRow = plays === null ? null : (plays.byRow.get(row) ?? 0);
    return { row, plays: ofRow, impressions: impressions!, cappedImpressions: cappedImpressions! };
  });
  return merged.sort((a, b) => b.impressions.total - a.impressions.total || (a.row < b.row ? -1 : 1));
}

/** Measures by title, MEASURE_COUNT each. */
export type CountsByTitle = ReadonlyMap<TitleId, Float64Array>;

/** Called as the work goes on; a throw ends it. How those with a deadline keep it. */
export type Checkpoint = () => void;

const VISITS_PER_CHECK = 4096;

/** What all sources together counted over all time. */
export function mergeTotals(
  sources: readonly CountSource[],
  country?: Country,
  check?: Checkpoint,
): CountsByTitle {
  return gather((visit) => {
    for (const source of sources) source.eachTotal(country, visit);
  }, check);
}

/** What all sources together counted in the buckets [from, to). */
export function mergeBuckets(
  sources: readonly CountSource[],
  [from, to]: readonly [Bucket, Bucket],
  country?: Country,
  check?: Checkpoint,
): CountsByTitle {
  return gather((visit) => {
    for (const source of sources) source.eachInBuckets(from, to, country, visit);
  }, check);
}

function gather(run: (visit: VisitCounts) => void, check?: Checkpoint): CountsByTitle {
  const found = new Map<TitleId, Float64Array>();
  let visits = 0;
  run((title, measures, base) => {
    if (++visits % VISITS_PER_CHECK === 0) check?.();
    let sums = found.get(title);
    if (sums === undefined) found.set(title, (sums = new Float64Array(MEASURE_COUNT)));
    for (let m = 0; m < MEASURE_COUNT; m++) sums[m]! += measures[base + m]!;
  });
  return found;
}
