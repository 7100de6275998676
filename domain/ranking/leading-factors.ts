/**
 * Factors turned so that a few of them say most of a score: the directions that titles differ along the most come first, and
 * what a title has along all the others is held as a length. Turning changes no product, and of the rest of two
 * vectors none is greater than that of their lengths (as with principal axes in Teflioudi, Gemulla & Mykytiuk, LEMP, SIGMOD 2015).
 */
import { factorEigenInSlices } from './factor-eigen.ts';
import type { InSlices } from '../in-slices.ts';
import type { TitleFactors } from './types.ts';

export interface LeadingFactors {
  readonly width: number;
  /** Row-major, by title. */
  readonly values: Float32Array;
  /** By title the length of what it has along the other directions. */
  readonly rests: Float32Array;
  /** Leading factors of the query that was asked last. */
  readonly query: Float32Array;
  /** Says the length of what the query has along the other directions. */
  ask(query: Float32Array): number;
}

/** Of factors that are few already the rest is too little to be worth it. */
const LEAST_WIDTH = 48;
const LEADING = 24;
const TITLES_A_SLICE = 500;

/** Undefined where factors are few, or not finite. */
export function* leadingFactorsInSlices(factors: TitleFactors): InSlices<LeadingFactors | undefined> {
  const { values: all, width: whole } = factors;
  if (whole < LEAST_WIDTH) return undefined;
  const eigen = yield* factorEigenInSlices(factors);
  if (!eigen.values.every(Number.isFinite) || !eigen.vectors.every(Number.isFinite)) return undefined;
  const axes = leadingAxes(eigen.values, eigen.vectors, whole);
  const count = all.length / whole;
  const values = new Float32Array(count * LEADING);
  const rests = new Float32Array(count);
  const query = new Float32Array(LEADING);
  for (let title = 0; title < count; title++) {
    if (title % TITLES_A_SLICE === 0) yield;
    rests[title] = turn(axes, all, title * whole, whole, values, title * LEADING);
  }
  return { width: LEADING, values, rests, query, ask: (asked) => turn(axes, asked, 0, whole, query, 0) };
}

/** Row-major: `LEADING` directions of `width` numbers each. */
function leadingAxes(eigenvalues: Float64Array, vectors: Float64Array, width: number): Float64Array {
  const order = Array.from(eigenvalues.keys()).sort((a, b) => eigenvalues[b]! - eigenvalues[a]! || a - b);
  return Float64Array.from(
    { length: LEADING * width },
    (_, at) => vectors[(at % width) * width + order[Math.floor(at / width)]!]!,
  );
}

/** Writes the leading factors and says the length of the rest. */
function turn(
  axes: Float64Array,
  from: Float32Array,
  base: number,
  width: number,
  to: Float32Array,
  at: number,
): number {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += from[base + i]! * from[base + i]!;
  // Four sums at a time do not wait for each other.
  for (let axis = 0; axis < LEADING; axis += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let along = axis * width;
    for (let i = 0; i < width; i++, along++) {
      const factor = from[base + i]!;
      a += axes[along]! * factor;
      b += axes[along + width]! * factor;
      c += axes[along + 2 * width]! * factor;
      d += axes[along + 3 * width]! * factor;
    }
    to[at + axis] = a;
    to[at + axis + 1] = b;
    to[at + axis + 2] = c;
    to[at + axis + 3] = d;
    squares = squares - a * a - b * b - c * c - d * d;
  }
  // Of what lies in the leading directions alone, rounding may leave less than nothing.
  return Math.sqrt(Math.max(0, squares));
}
