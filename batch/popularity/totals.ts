/** Measures of all hours by title and country, added up as rows come. */
import { MEASURE_COUNT } from '../../domain/measures.ts';
import type { Names } from './codes.ts';
import { noRows, rolledUp, uniteRows, type CodedRows } from './rows.ts';

export interface Totals {
  /** Rows in order that begin with title and country and have every measure. */
  add(rows: CodedRows): void;
  rows(): CodedRows;
}

/** Pairs of title and country that have a place each, 65 bytes, whether they occur or not. */
const MOST_PLACES = 1 << 22;
/** Rows that are kept until they are added up, where there are more pairs. */
const MOST_LOOSE_ROWS = 1_000_000;

export function createTotals({ title_id: titles, country: countries }: Names): Totals {
  const places = titles.length * countries.length;
  return places > MOST_PLACES ? sparseTotals() : denseTotals(titles.length, countries.length);
}

function denseTotals(titles: number, countries: number): Totals {
  const seen = new Uint8Array(titles * countries);
  const sums = Array.from({ length: MEASURE_COUNT }, () => new Float64Array(seen.length));
  return {
    add({ size, keys: [title, country], values }) {
      const places = new Uint32Array(size);
      for (let row = 0; row < size; row++) {
        places[row] = title[row]! * countries + country[row]!;
        seen[places[row]!] = 1;
      }
      for (const [m, column] of values.entries()) {
        const sum = sums[m]!;
        for (let row = 0; row < size; row++) sum[places[row]!]! += column[row]!;
      }
    },
    rows() {
      let size = 0;
      for (let place = 0; place < seen.length; place++) size += seen[place]!;
      const present = new Uint32Array(size);
      for (let place = 0, row = 0; place < seen.length; place++)
        if (seen[place] === 1) present[row++] = place;
      const [title, country] = [new Int32Array(size), new Int32Array(size)];
      for (let row = 0; row < size; row++) {
        title[row] = Math.floor(present[row]! / countries);
        country[row] = present[row]! - title[row]! * countries;
      }
      const values = sums.map((sum) => {
        const of = new Float64Array(size);
        for (let row = 0; row < size; row++) of[row] = sum[present[row]!]!;
        return of;
      });
      return { size, keys: [title, country], values };
    },
  };
}

function sparseTotals(): Totals {
  let blocks: CodedRows[] = [noRows(2, MEASURE_COUNT)];
  return {
    add(rows) {
      blocks.push(rolledUp(rows, 'sum'));
      const loose = blocks.reduce((sum, { size }) => sum + size, 0);
      if (blocks.length > 2 && loose > MOST_LOOSE_ROWS) blocks = [uniteRows(blocks, 'sum')];
    },
    rows: () => uniteRows(blocks, 'sum'),
  };
}
