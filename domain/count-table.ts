/** Measures by title and country, both by number, that come and go. Mutable. */
import { MEASURE_COUNT } from './measures.ts';
import type { CountRows } from './merge.ts';
import { createTripleIndex } from './triple-index.ts';

export interface CountTable {
  /** Adds the measures at `base`, or takes away what was added before. */
  add(title: number, country: number, from: Float64Array, base: number, sign: 1 | -1): void;
  /** Rows that hold anything. */
  live(): number;
  /** Whether so many rows hold nothing that the table had better be made anew. */
  isWorn(): boolean;
  /** Adds a row's measures to `out`; says whether it holds anything. */
  addRow(title: number, country: number, out: Float64Array): boolean;
  /** Keys and measures as they lie in memory (`CountRows`), rows that hold nothing among them. */
  columns(): Pick<CountRows, 'size' | 'titles' | 'countries' | 'keyStride' | 'of' | 'stride'>;
  /** Visits the rows that hold anything. The measures are live: do not keep them. */
  each(visit: (title: number, country: number, measures: Float64Array, base: number) => void): void;
}

const INITIAL_ROWS = 64;
/** Rows below this are not worth making anew. */
const LEAST_WORN = 4096;

export function createCountTable(): CountTable {
  const index = createTripleIndex();
  let measures = new Float64Array(INITIAL_ROWS * MEASURE_COUNT);
  let live = 0;

  const isEmpty = (base: number): boolean => {
    for (let m = 0; m < MEASURE_COUNT; m++) if (measures[base + m] !== 0) return false;
    return true;
  };

  return {
    add(title, country, from, fromBase, sign) {
      const base = index.of(title, country, 0) * MEASURE_COUNT;
      if (base === measures.length) {
        const longer = new Float64Array(measures.length * 2);
        longer.set(measures);
        measures = longer;
      }
      if (isEmpty(base)) live += 1;
      for (let m = 0; m < MEASURE_COUNT; m++) measures[base + m]! += sign * from[fromBase + m]!;
      if (isEmpty(base)) live -= 1;
    },
    live: () => live,
    isWorn: () => index.size() > LEAST_WORN && index.size() > 2 * live,
    addRow(title, country, out) {
      const row = index.find(title, country, 0);
      if (row < 0 || isEmpty(row * MEASURE_COUNT)) return false;
      for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += measures[row * MEASURE_COUNT + m]!;
      return true;
    },
    columns() {
      const parts = index.parts();
      return {
        size: index.size(),
        ...{ titles: parts, countries: parts.subarray(1), keyStride: 4 },
        ...{ of: (measure) => measures.subarray(measure), stride: MEASURE_COUNT },
      };
    },
    each(visit) {
      for (let row = 0; row < index.size(); row++) {
        const base = row * MEASURE_COUNT;
        if (!isEmpty(base)) visit(index.part(row, 0), index.part(row, 1), measures, base);
      }
    },
  };
}
