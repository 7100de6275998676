/**
 * Fold-in: the factors of one profile from what it watched, with the factors of the titles held. It is the half step of
 * implicit ALS (Hu, Koren & Volinsky 2008, equation 4) done for one row, so a profile that is folded in from its whole
 * history gets what training would have given it:
 *
 *   (YᵀY + Σ (c − 1) y yᵀ + λ I) x = Σ c y
 *
 * Sums are over the titles of the history, y their factors, c > 0 the confidence in each, 1 being that of a title that
 * was not watched; YᵀY is over all titles. A title that was passed over has confidence too, in that it is not wanted: it
 * is in the sum on the left alone. Solved exactly by Cholesky's factorisation in 64-bit floats. The factors of a
 * title come from those of the profiles that watched it by the same equation with the sides exchanged.
 */
import { factorise, solveFactorised } from './cholesky.ts';

/** The side whose factors are held. */
export interface HeldFactors {
  /** Row-major, a row for each title; not copied. */
  readonly values: Float32Array;
  /** Factors to a row. */
  readonly width: number;
  /** `gramOf` these factors, where it is known already. */
  readonly gram?: Float64Array | undefined;
}

export interface FoldIn {
  readonly width: number;
  /**
   * Solves for the first `count` entries: rows of the held factors, each once, with the confidence in each, negated where
   * the title was passed over. Writes
   * `width` factors to `out` from `at` on, zeros for an empty history. Says false, and writes zeros, where the equation
   * has no solution: factors that are not finite, or too little regularisation. Allocates nothing.
   */
  solve(
    rows: Uint32Array,
    confidences: Float32Array,
    count: number,
    regularisation: number,
    out: Float32Array,
    at?: number,
  ): boolean;
}

/** λ of a row in the sense of Rendle, Krichene, Zhang & Koren 2021 (Revisiting the Performance of iALS), section 3.2. */
export interface Regularisation {
  /** λ of the paper, at least 0. */
  readonly strength: number;
  /** ν: 0 is the same for every row, 1 is by how much each row is trained on. */
  readonly exponent: number;
  /** α₀: what an entry that was not observed weighs against one that was. */
  readonly unobservedWeight: number;
}

/** λ (entries + α₀ · others)^ν, where `others` is the number of rows of the held side. */
export const regularisationOf = (
  { strength, exponent, unobservedWeight }: Regularisation,
  entries: number,
  others: number,
): number => strength * (entries + unobservedWeight * others) ** exponent;

/** YᵀY of row-major factors, width × width, both triangles, summed row by row in 64 bits. */
export function gramOf(values: Float32Array, width: number): Float64Array {
  const gram = new Float64Array(width * width);
  const rows = new Float64Array(TOGETHER * width);
  const step = TOGETHER * width;
  for (let base = 0; base < values.length; base += step) {
    // Rows of zeros after the last add nothing.
    if (base + step > values.length) rows.fill(0);
    rows.set(values.subarray(base, base + step));
    addToGram(gram, rows, width);
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) gram[j * width + i] = gram[i * width + j]!;
  return gram;
}

const TOGETHER = 4;

/** Four rows, one after the other for each sum, so that sums are loaded and stored once for four. */
function addToGram(gram: Float64Array, rows: Float64Array, width: number): void {
  for (let i = 0; i < width; i++) {
    const first = rows[i]!;
    const second = rows[width + i]!;
    const third = rows[2 * width + i]!;
    const fourth = rows[3 * width + i]!;
    const to = i * width;
    for (let j = 0; j <= i; j++) {
      let sum = gram[to + j]!;
      sum += first * rows[j]!;
      sum += second * rows[width + j]!;
      sum += third * rows[2 * width + j]!;
      sum += fourth * rows[3 * width + j]!;
      gram[to + j] = sum;
    }
  }
}

export function createFoldIn({ values, width, gram = gramOf(values, width) }: HeldFactors): FoldIn {
  if (!Number.isInteger(width) || width < 1 || values.length % width !== 0)
    throw new RangeError(`${values.length} factors do not make rows of ${width}`);
  if (gram.length !== width * width) throw new RangeError(`a Gram of ${gram.length} is not ${width} squared`);
  const held = values.length / width;
  const matrix = new Float64Array(width * width);
  const side = new Float64Array(width);
  const row = new Float64Array(width);

  const addEntry = (entry: number, confidence: number): void => {
    if (entry >= held) throw new RangeError(`row ${entry} is not one of the ${held} that are held`);
    const base = entry * width;
    for (let i = 0; i < width; i++) row[i] = values[base + i]!;
    const extra = Math.abs(confidence) - 1;
    const pull = Math.max(confidence, 0);
    for (let i = 0; i < width; i++) {
      const factor = row[i]!;
      side[i]! += pull * factor;
      const scaled = extra * factor;
      const to = i * width;
      for (let j = 0; j <= i; j++) matrix[to + j]! += scaled * row[j]!;
    }
  };

  return {
    width,
    solve(rows, confidences, count, regularisation, out, at = 0) {
      side.fill(0);
      if (count > 0) {
        matrix.set(gram);
        for (let i = 0; i < width; i++) matrix[i * width + i]! += regularisation;
        for (let entry = 0; entry < count; entry++) addEntry(rows[entry]!, confidences[entry]!);
        if (factorise(matrix, width)) solveFactorised(matrix, width, side);
        else side.fill(NaN);
      }
      const solved = side.every(Number.isFinite);
      for (let i = 0; i < width; i++) out[at + i] = solved ? side[i]! : 0;
      return solved;
    },
  };
}

export interface WeightedFoldIn {
  readonly width: number;
  /** As `FoldIn.solve`, for entries with the weights that a model is trained on. Allocates only for a longer history than any before. */
  solve(rows: Uint32Array, weights: Float32Array, count: number, out: Float32Array, at?: number): boolean;
}

/**
 * Fold-in on the scale that implicit ALS is trained on: the confidence in an entry is 1 + weight / α₀ and the ridge is its
 * regularisation over α₀, where α₀ is the weight of what was not watched.
 */
export function createWeightedFoldIn(held: HeldFactors, regularisation: Regularisation): WeightedFoldIn {
  const { unobservedWeight } = regularisation;
  if (!(unobservedWeight > 0))
    throw new RangeError(`${unobservedWeight} is no weight of what was not watched`);
  const foldIn = createFoldIn(held);
  const others = held.values.length / held.width;
  let confidences = new Float32Array(64);
  return {
    width: held.width,
    solve(rows, weights, count, out, at) {
      if (confidences.length < count) confidences = new Float32Array(2 * count);
      for (let entry = 0; entry < count; entry++) confidences[entry] = 1 + weights[entry]! / unobservedWeight;
      const ridge = regularisationOf(regularisation, count, others) / unobservedWeight;
      return foldIn.solve(rows, confidences, count, ridge, out, at);
    },
  };
}
