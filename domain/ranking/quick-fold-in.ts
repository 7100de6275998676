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
import { eigenOf } from '../eigen.ts';
import { createFoldIn, gramOf, regularisationOf, type FoldIn } from '../fold-in.ts';
import { createGramKernel } from './gram-kernel.ts';
import { addTitle, emptyTitleSet, hasTitle, type TitleFactors } from './types.ts';

export interface QuickFoldIn {
  readonly width: number;
  /**
   * Solves for the first `count` entries: titles that have factors, each once, with their weights, all above 0, on the scale
   * that the factors were trained on. Writes `width` factors to `out`, zeros for an empty history. Says false, and writes
   * zeros, where there is no solution. Allocates only for a longer history than any before.
   */
  solve(titles: Uint32Array, weights: Float32Array, count: number, out: Float32Array): boolean;
}

/** Looks at all factors once, for their Gram unless it is there. `known` counts as the number of titles trained on. */
export function createQuickFoldIn(factors: TitleFactors): QuickFoldIn {
  const { values, width, regularisation } = factors;
  const gram = factors.gram ?? gramOf(values, width);
  const others = countOf(factors);
  const eigen = eigenOf(gram, width);
  const turned = createTurned(values, width, eigen.vectors);
  const factorsTurned = turned.values;
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
      const from = turned.of(titles[entry]!);
      const to = entry * stride;
      for (let i = 0; i < width; i++) rows[to + i] = root * inverseRoots[i]! * factorsTurned[from + i]!;
    }
    kernel.gram(count, matrix);
    for (let i = 0; i < count; i++) matrix[i * count + i]! += 1;
    if (!factorise(matrix, count)) return false;
    solveFactorised(matrix, count, side);
    found.fill(0);
    for (let entry = 0; entry < count; entry++) {
      const share = side[entry]!;
      const from = entry * stride;
      for (let i = 0; i < width; i++) found[i]! += share * rows[from + i]!;
    }
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

/** x = Q x'; false where it is not finite. */
function turnBack(vectors: Float64Array, width: number, found: Float64Array, out: Float32Array): boolean {
  let isFinite = true;
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += vectors[i * width + j]! * found[j]!;
    out[i] = sum;
    isFinite &&= Number.isFinite(sum);
  }
  return isFinite;
}

/** Factors of titles turned by Q, each when it is first asked for. */
function createTurned(values: Float32Array, width: number, vectors: Float64Array) {
  const turned = new Float64Array(values.length);
  const done = emptyTitleSet(values.length / width);
  return {
    values: turned,
    /** Where the turned factors of a title begin. */
    of(title: number): number {
      const at = title * width;
      if (hasTitle(done, title)) return at;
      for (let i = 0; i < width; i++) {
        const factor = values[at + i]!;
        for (let j = 0; j < width; j++) turned[at + j]! += factor * vectors[i * width + j]!;
      }
      addTitle(done, title);
      return at;
    },
  };
}

function countOf({ known, values, width }: TitleFactors): number {
  let count = 0;
  for (let title = 0; title < values.length / width; title++) if (hasTitle(known, title)) count += 1;
  return count;
}
