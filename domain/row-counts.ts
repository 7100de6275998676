/** Impressions by title and row: the second additive family. Plays by row come from the log of attributed plays alone. */
import { EMPTY_DIGEST, type Digest } from './cells.ts';
import { hashInteger, hashText } from './hash.ts';
import type { TitleId } from './ids.ts';

/** Column order of the measures of a row. */
export const ROW_MEASURES = ['impressions', 'cappedImpressions'] as const;
export type RowMeasure = (typeof ROW_MEASURES)[number];
export const ROW_MEASURE_COUNT = ROW_MEASURES.length;

/** Immutable columns; entry i has ROW_MEASURE_COUNT measures from i × ROW_MEASURE_COUNT on. */
export interface RowColumns {
  readonly size: number;
  readonly titles: readonly TitleId[];
  readonly rows: readonly string[];
  readonly measures: Float64Array;
}

/** Entries of one title by row, opaque: looked up once a record. */
export type TitleRows = Map<string, number>;

export interface RowTable {
  ofTitle(title: TitleId): TitleRows;
  add(rows: TitleRows, title: TitleId, row: string, impressions: number, capped: number): void;
  snapshot(): RowColumns;
}

export function createRowTable(): RowTable {
  const index = new Map<TitleId, TitleRows>();
  const titles: TitleId[] = [];
  const rows: string[] = [];
  const measures: number[] = [];
  return {
    ofTitle(title) {
      let ofTitle = index.get(title);
      if (ofTitle === undefined) index.set(title, (ofTitle = new Map<string, number>()));
      return ofTitle;
    },
    add(ofTitle, title, row, impressions, capped) {
      let entry = ofTitle.get(row);
      if (entry === undefined) {
        ofTitle.set(row, (entry = titles.length));
        titles.push(title);
        rows.push(row);
        measures.push(0, 0);
      }
      measures[entry * ROW_MEASURE_COUNT]! += impressions;
      measures[entry * ROW_MEASURE_COUNT + 1]! += capped;
    },
    snapshot: () => ({
      size: titles.length,
      titles: titles.slice(),
      rows: rows.slice(),
      measures: Float64Array.from(measures),
    }),
  };
}

/** Equal for equal sets of entries, whatever their order. */
export function digestOfRows({ size, titles, rows, measures }: RowColumns): Digest {
  let { a, b } = EMPTY_DIGEST;
  for (let i = 0; i < size; i++) {
    let h = hashText(rows[i]!, hashText(titles[i]!));
    for (let m = 0; m < ROW_MEASURE_COUNT; m++) h = hashInteger(h, measures[i * ROW_MEASURE_COUNT + m]!);
    a = (a + h) >>> 0;
    b = (b + hashInteger(h, 0x5bd1e995)) >>> 0;
  }
  return { a, b };
}
