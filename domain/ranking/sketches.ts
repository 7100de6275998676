/**
 * Sketches of factors, a byte for each, which bound a title's score from above: with ŷ the title's factors as its
 * bytes say them and x̂ the query's,
 *
 *   |x · y − x̂ · ŷ| = |(x − x̂) · y + x̂ · (y − ŷ)| ≤ |x − x̂| |y| + |x̂| |y − ŷ|
 *
 * (Cauchy and Schwarz); where x and y are the leading parts of longer ones, the product of what is left of both is at most that
 * of its lengths. Looking at one costs a fifth of the product, and few titles are left whose score has to be known: as
 * with quantised vectors in search (Jégou, Douze & Schmid, PAMI 2011), but nothing that counts is lost.
 */
import {
  BLOCK,
  COLUMN_BYTES,
  COLUMNS,
  CONSTANTS,
  createSketchKernel,
  GROUP,
  GROUP_BYTES,
} from './sketch-kernel.ts';
import type { InSlices } from '../in-slices.ts';

export interface Sketches {
  /** The query that the other calls are about, and the length of what it has beyond the factors that are sketched. */
  ask(query: Float32Array, rest?: number): void;
  /**
   * Looks at the sketches at places [from, to), both multiples of `SKETCHED` or the end, and writes the places whose
   * scores may reach the threshold, rising. Says how many there are.
   */
  look(from: number, to: number, threshold: number, places: Uint32Array): number;
  /** What the score at a place that was looked at cannot exceed. */
  upper(place: number): number;
}

export const SKETCHED = BLOCK;

const QUERY_LEVELS = 127;
const ITEM_LEVELS = 127;
/** What rounding to 32 bits may add to a score, in products of lengths. */
const ROUNDING = 1e-4;
const TITLES_A_SLICE = 200;
const FLOAT_BYTES = 4;

/**
 * Of row-major factors in an order; undefined on a machine without the vectors that make it worth while. `rests` are by title
 * the lengths of what it has beyond these factors.
 */
export function* createSketches(
  values: Float32Array,
  width: number,
  order: Uint32Array,
  rests?: Float32Array,
): InSlices<Sketches | undefined> {
  const groups = Math.ceil(width / GROUP);
  const blocks = Math.ceil(order.length / BLOCK);
  const constantsAt = groups * GROUP;
  const itemsAt = align(constantsAt + (CONSTANTS + 1) * FLOAT_BYTES);
  const columnsAt = itemsAt + blocks * groups * GROUP_BYTES;
  const upperAt = columnsAt + blocks * COLUMN_BYTES;
  const pairsAt = upperAt + blocks * BLOCK * FLOAT_BYTES;
  const kernel = createSketchKernel(pairsAt + (blocks + 1) * 2 * FLOAT_BYTES);
  if (kernel === undefined) return undefined;
  const { buffer } = kernel;
  const asked = new Uint8Array(buffer, 0, groups * GROUP);
  const constants = new Float32Array(buffer, constantsAt, CONSTANTS);
  const pairsEnd = new Uint32Array(buffer, constantsAt + CONSTANTS * FLOAT_BYTES, 1);
  const columns = new Float32Array(buffer, columnsAt, blocks * COLUMNS * BLOCK);
  const uppers = new Float32Array(buffer, upperAt, blocks * BLOCK);
  const pairs = new Uint32Array(buffer, pairsAt, (blocks + 1) * 2);
  const items = new Int8Array(buffer, itemsAt, blocks * groups * GROUP_BYTES);
  for (let place = 0; place < order.length; place++) {
    if (place % TITLES_A_SLICE === 0) yield;
    const rest = rests?.[order[place]!] ?? 0;
    sketchTitle({ values, width, rest }, order[place]!, place, items, columns);
  }

  return {
    ask(query, rest = 0) {
      sketchQuery(query, rest, asked, constants);
    },
    look(from, to, threshold, places) {
      if (to <= from) return 0;
      const block = from / BLOCK;
      const end = Math.ceil(to / BLOCK);
      constants[COLUMNS] = threshold;
      kernel.look(
        itemsAt + block * groups * GROUP_BYTES,
        itemsAt + end * groups * GROUP_BYTES,
        columnsAt + block * COLUMN_BYTES,
        upperAt + block * BLOCK * FLOAT_BYTES,
        pairsAt,
        block,
        0,
        groups * GROUP,
        constantsAt,
      );
      return readPairs(pairs, (pairsEnd[0]! - pairsAt) / FLOAT_BYTES, to, places);
    },
    upper: (place) => uppers[place]!,
  };
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function readPairs(pairs: Uint32Array, end: number, to: number, places: Uint32Array): number {
  let found = 0;
  for (let at = 0; at < end; at += 2) {
    const first = pairs[at]! * BLOCK;
    for (let bits = pairs[at + 1]!; bits !== 0; bits &= bits - 1) {
      const place = first + (31 - Math.clz32(bits & -bits));
      // The last block may be longer than what there is.
      if (place < to) places[found++] = place;
    }
  }
  return found;
}

/** x̂ = step · bytes + least. */
function sketchQuery(query: Float32Array, rest: number, bytes: Uint8Array, constants: Float32Array): void {
  let least = Infinity;
  let most = -Infinity;
  for (let k = 0; k < query.length; k++) {
    const value = query[k]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const step = Math.fround((most - least) / QUERY_LEVELS);
  least = Math.fround(least);
  let lost = 0;
  let kept = 0;
  let whole = 0;
  for (let k = 0; k < query.length; k++) {
    const value = query[k]!;
    const level = step > 0 ? Math.min(QUERY_LEVELS, Math.max(0, Math.round((value - least) / step))) : 0;
    bytes[k] = level;
    const said = step * level + least;
    lost += (value - said) * (value - said);
    kept += said * said;
    whole += value * value;
  }
  constants[0] = step;
  constants[1] = least;
  constants[2] = Math.sqrt(lost) + ROUNDING * Math.sqrt(whole + rest * rest);
  constants[3] = Math.sqrt(kept);
  constants[4] = rest;
}

/** ŷ = step · bytes. Factors that are not finite are sketched as none. */
function sketchTitle(
  { values, width, rest }: { readonly values: Float32Array; readonly width: number; readonly rest: number },
  title: number,
  place: number,
  items: Int8Array,
  columns: Float32Array,
): void {
  const from = title * width;
  const block = Math.floor(place / BLOCK);
  const inBlock = place % BLOCK;
  let most = 0;
  for (let k = 0; k < width; k++) {
    const size = Math.abs(values[from + k]!);
    // Not `size > most`: what is not finite has to be found.
    if (!(size <= most)) most = size;
  }
  const at = block * COLUMNS * BLOCK + inBlock;
  if (!(most + rest > 0 && most + rest < Infinity)) return;
  const step = Math.fround(most / ITEM_LEVELS);
  let [sum, squares, lost] = [0, 0, 0];
  for (let k = 0; k < width; k++) {
    const value = values[from + k]!;
    const level = step > 0 ? Math.min(ITEM_LEVELS, Math.max(-ITEM_LEVELS, Math.round(value / step))) : 0;
    const to =
      (block * Math.ceil(width / GROUP) + Math.floor(k / GROUP)) * GROUP_BYTES +
      inBlock * GROUP +
      (k % GROUP);
    items[to] = level;
    sum += level;
    squares += value * value;
    lost += (value - step * level) * (value - step * level);
  }
  columns[at] = step;
  columns[at + BLOCK] = step * sum;
  columns[at + 2 * BLOCK] = Math.sqrt(squares + rest * rest);
  columns[at + 3 * BLOCK] = Math.sqrt(lost);
  columns[at + 4 * BLOCK] = rest;
}
