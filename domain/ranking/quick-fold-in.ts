/**
 * Fold-in (domain/fold-in.ts) for histories of fewer plays than there are factors, as a page asks for it: the same solution,
 * for less work. With YᵀY = Q Λ Qᵀ once for all, D = Λ + λ I, which may be of any λ, and the k entries' factors turned by Q
 * as the columns of U, each times √s where s is its confidence above 1, the equation of fold-in is
 *
 *   (D + U Uᵀ) x' = U c,  c = (1 + s) / √s,  x = Q x'
 *
 * and by the matrix inversion lemma (Golub & Van Loan, Matrix Computations, 4th ed., 2.1.4), with V = D^(-1/2) U,
 *
 *   x' = D^(-1/2) V (I + Vᵀ V)⁻¹ c
 *
 * which is a system of k equations instead of one of as many as there are factors, and its least eigenvalue is 1.
 */
import { factorise, solveFactorised } from '../cholesky.ts';
import { createFoldIn, regularisationOf, type FoldIn } from '../fold-in.ts';
import { factorEigenInSlices } from './factor-eigen.ts';
import { createGramKernel } from './gram-kernel.ts';
import { atOnce, type InSlices } from '../in-slices.ts';
import { hasTitle, type TitleFactors } from './types.ts';

const TITLES_A_SLICE = 100;

export interface QuickFoldIn {
  readonly width: number;
  /**
   * Solves for the first `count` entries: titles that have factors, each once, with their weights, all above 0, on the scale
   * that the factors were trained on. Writes `width` factors to `out`, zeros for an empty history. Says false, and writes
   * zeros, where there is no solution. Allocates only for a longer history than any before.
   */
  solve(titles: Uint32Array, weights: Float32Array, count: number, out: Float32Array): boolean;
}

/** Looks at all factors, for their Gram unless it is there and to turn them. `known` counts as the number of titles trained on. */
export const createQuickFoldIn = (factors: TitleFactors): QuickFoldIn => atOnce(quickFoldInInSlices(factors));

export function* quickFoldInInSlices(factors: TitleFactors): InSlices<QuickFoldIn> {
  const { values, width, regularisation } = factors;
  const others = countOf(factors);
  const eigen = yield* factorEigenInSlices(factors);
  const { gram } = eigen;
  yield;
  const turned = yield* turnInSlices(values, width, eigen.vectors);
  const kernel = createGramKernel(width);
  const { rows, stride } = kernel;
  const inverseRoots = new Float64Array(width);
  const found = new Float64Array(width);
  const matrix = new Float64Array(width * width);
  const side = new Float64Array(width);
  let direct: { readonly foldIn: FoldIn; readonly confidences: Float32Array } | undefined;

  /** D^(-1/2); rounding may have left an eigenvalue a little below 0. */
  const scaleBy = (ridge: number): boolean => {
    for (let i = 0; i < width; i++) {
      const value = Math.max(0, eigen.values[i]!) + ridge;
      if (!(value > 0) || value === Infinity) return false;
      inverseRoots[i] = 1 / Math.sqrt(value);
    }
    return true;
  };

  const solveFew = (titles: Uint32Array, weights: Float32Array, count: number, ridge: number): boolean => {
    if (!scaleBy(ridge)) return false;
    for (let entry = 0; entry < count; entry++) {
      const extra = weights[entry]! / regularisation.unobservedWeight;
      const root = Math.sqrt(extra);
      side[entry] = (1 + extra) / root;
      scaleRow(turned, titles[entry]! * width, inverseRoots, root, rows, entry * stride);
    }
    kernel.gram(count, matrix);
    for (let i = 0; i < count; i++) matrix[i * count + i]! += 1;
    if (!factorise(matrix, count)) return false;
    solveFactorised(matrix, count, side);
    found.fill(0);
    addRows(rows, stride, side, count, found);
    for (let i = 0; i < width; i++) found[i]! *= inverseRoots[i]!;
    return true;
  };

  const solveMany = (
    titles: Uint32Array,
    weights: Float32Array,
    count: number,
    ridge: number,
    out: Float32Array,
  ): boolean => {
    if (direct === undefined || direct.confidences.length < count)
      direct = { foldIn: createFoldIn({ values, width, gram }), confidences: new Float32Array(2 * count) };
    const { foldIn, confidences } = direct;
    for (let entry = 0; entry < count; entry++)
      confidences[entry] = 1 + weights[entry]! / regularisation.unobservedWeight;
    return foldIn.solve(titles, confidences, count, ridge, out);
  };

  return {
    width,
    solve(titles, weights, count, out) {
      const ridge = regularisationOf(regularisation, count, others) / regularisation.unobservedWeight;
      if (count > width) return solveMany(titles, weights, count, ridge, out);
      let solved = count > 0 && solveFew(titles, weights, count, ridge);
      if (solved) solved = turnBack(eigen.vectors, width, found, out);
      if (!solved) out.fill(0);
      return solved || count === 0;
    },
  };
}

/** Writes a row times its scales and the root; four products at a time do not wait for each other. */
function scaleRow(
  from: Float64Array,
  at: number,
  scales: Float64Array,
  root: number,
  to: Float64Array,
  place: number,
): void {
  const { length } = scales;
  const inFours = length & ~3;
  let i = 0;
  for (; i < inFours; i += 4) {
    const a = root * scales[i]! * from[at + i]!;
    const b = root * scales[i + 1]! * from[at + i + 1]!;
    const c = root * scales[i + 2]! * from[at + i + 2]!;
    const d = root * scales[i + 3]! * from[at + i + 3]!;
    to[place + i] = a;
    to[place + i + 1] = b;
    to[place + i + 2] = c;
    to[place + i + 3] = d;
  }
  for (; i < length; i++) to[place + i] = root * scales[i]! * from[at + i]!;
}

/** Adds each row times its share, the first one first; four at a time, for one look at the sums. */
function addRows(
  rows: Float64Array,
  stride: number,
  shares: Float64Array,
  count: number,
  sums: Float64Array,
): void {
  const inFours = count & ~3;
  for (let entry = 0; entry < inFours; entry += 4) {
    const a = shares[entry]!;
    const b = shares[entry + 1]!;
    const c = shares[entry + 2]!;
    const d = shares[entry + 3]!;
    let at = entry * stride;
    for (let i = 0; i < sums.length; i++, at++)
      sums[i] =
        sums[i]! +
        a * rows[at]! +
        b * rows[at + stride]! +
        c * rows[at + 2 * stride]! +
        d * rows[at + 3 * stride]!;
  }
  for (let entry = inFours; entry < count; entry++) {
    let at = entry * stride;
    for (let i = 0; i < sums.length; i++, at++) sums[i]! += shares[entry]! * rows[at]!;
  }
}

/** x = Q x'; false where it is not finite. Four sums at a time do not wait for each other. */
function turnBack(vectors: Float64Array, width: number, found: Float64Array, out: Float32Array): boolean {
  let isFinite = true;
  const inFours = width & ~3;
  for (let i = 0; i < inFours; i += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let at = i * width;
    for (let j = 0; j < width; j++, at++) {
      const factor = found[j]!;
      a += vectors[at]! * factor;
      b += vectors[at + width]! * factor;
      c += vectors[at + 2 * width]! * factor;
      d += vectors[at + 3 * width]! * factor;
    }
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
    isFinite &&= Number.isFinite(a + b + c + d);
  }
  for (let i = inFours; i < width; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += vectors[i * width + j]! * found[j]!;
    out[i] = sum;
    isFinite &&= Number.isFinite(sum);
  }
  return isFinite;
}

/** Factors of titles turned by Q, row-major: before they are asked for, so that no page waits for it. */
function* turnInSlices(values: Float32Array, width: number, vectors: Float64Array): InSlices<Float64Array> {
  const turned = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += width) {
    if (at % (TITLES_A_SLICE * width) === 0) yield;
    turnRow(values, at, width, vectors, turned);
  }
  return turned;
}

/** Four factors at a time, for one look at the sums. */
function turnRow(
  values: Float32Array,
  at: number,
  width: number,
  vectors: Float64Array,
  turned: Float64Array,
): void {
  const inFours = width & ~3;
  for (let i = 0; i < inFours; i += 4) {
    const a = values[at + i]!;
    const b = values[at + i + 1]!;
    const c = values[at + i + 2]!;
    const d = values[at + i + 3]!;
    let from = i * width;
    for (let j = 0; j < width; j++, from++)
      turned[at + j]! +=
        a * vectors[from]! +
        b * vectors[from + width]! +
        c * vectors[from + 2 * width]! +
        d * vectors[from + 3 * width]!;
  }
  for (let i = inFours; i < width; i++)
    for (let j = 0; j < width; j++) turned[at + j]! += values[at + i]! * vectors[i * width + j]!;
}

function countOf({ known, values, width }: TitleFactors): number {
  let count = 0;
  for (let title = 0; title < values.length / width; title++) if (hasTitle(known, title)) count += 1;
  return count;
}
