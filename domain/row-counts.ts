/** Impressions by title and row: the second additive family. Plays by row come from the log of attributed plays alone. */
import { EMPTY_DIGEST, type Digest } from './cells.ts';
import { hashInteger, hashMeasures, hashText } from './hash.ts';
import type { TitleId } from './ids.ts';
import { createColumnBuilder, textAt, type TextColumn } from './text-column.ts';
import type { TextTable } from './text-table.ts';
import { createTripleIndex } from './triple-index.ts';

/** Column order of the measures of a row. */
export const ROW_MEASURES = ['impressions', 'cappedImpressions'] as const;
export type RowMeasure = (typeof ROW_MEASURES)[number];
export const ROW_MEASURE_COUNT = ROW_MEASURES.length;

/** Immutable columns; entry i has ROW_MEASURE_COUNT measures from i × ROW_MEASURE_COUNT on. */
export interface RowColumns {
  readonly size: number;
  readonly titles: TextColumn<TitleId>;
  readonly rows: TextColumn;
  readonly measures: Float64Array;
}

export interface RowTable {
  /** Adds to the entry of a title and a row, by their numbers; answers where it is. */
  add(title: number, row: number, impressions: number, capped: number): number;
  titleOf(entry: number): number;
  size(): number;
  /** Some entries as columns of their own. */
  pick(entries: ArrayLike<number>, titles: TextTable, rowNames: TextTable): RowColumns;
  /** Forgets every entry; what was allotted is used again. */
  clear(): void;
}

const INITIAL_ENTRIES = 64;

export function createRowTable(): RowTable {
  const index = createTripleIndex();
  const [titleColumns, rowColumns] = [createColumnBuilder(), createColumnBuilder()];
  let measures = new Float64Array(INITIAL_ENTRIES * ROW_MEASURE_COUNT);
  return {
    add(title, row, impressions, capped) {
      const entry = index.of(title, row, 0);
      const base = entry * ROW_MEASURE_COUNT;
      if (base + ROW_MEASURE_COUNT > measures.length) {
        const longer = new Float64Array(measures.length * 2);
        longer.set(measures);
        measures = longer;
      }
      measures[base]! += impressions;
      measures[base + 1]! += capped;
      return entry;
    },
    titleOf: (entry) => index.part(entry, 0),
    size: index.size,
    pick(entries, titles, rowNames) {
      const size = entries.length;
      const [ofTitles, ofRows] = [new Int32Array(size), new Int32Array(size)];
      const picked = new Float64Array(size * ROW_MEASURE_COUNT);
      for (let i = 0; i < size; i++) {
        const entry = entries[i]!;
        ofTitles[i] = index.part(entry, 0);
        ofRows[i] = index.part(entry, 1);
        for (let m = 0; m < ROW_MEASURE_COUNT; m++)
          picked[i * ROW_MEASURE_COUNT + m] = measures[entry * ROW_MEASURE_COUNT + m]!;
      }
      return {
        size,
        titles: titleColumns.build(ofTitles, titles.text),
        rows: rowColumns.build(ofRows, rowNames.text),
        measures: picked,
      };
    },
    clear() {
      measures.fill(0, 0, index.size() * ROW_MEASURE_COUNT);
      index.clear();
    },
  };
}

/** Equal for equal sets of entries, whatever their order. */
export function digestOfRows({ size, titles, rows, measures }: RowColumns): Digest {
  const titleHashes = titles.texts.map((title) => hashText(title));
  let { a, b } = EMPTY_DIGEST;
  for (let i = 0; i < size; i++) {
    let h = hashText(textAt(rows, i), titleHashes[titles.indices[i]!]);
    h = hashMeasures(h, measures, i * ROW_MEASURE_COUNT, ROW_MEASURE_COUNT);
    a = (a + h) >>> 0;
    b = (b + hashInteger(h, 0x5bd1e995)) >>> 0;
  }
  return { a, b };
}
