/** How much two titles have to do with each other, from how many profiles watched both. */

export interface CoWatch {
  /** Profiles that watched both. */
  readonly both: number;
  readonly first: number;
  readonly second: number;
  /** All profiles. */
  readonly profiles: number;
}

/**
 * G², the log-likelihood ratio of two binomials (Dunning 1993, Accurate Methods for the Statistics of Surprise and
 * Coincidence, section 4) in its form for 2 × 2 tables, 2 Σ observed · ln(observed / expected). Near χ² of one degree
 * where the titles have nothing to do with each other: above 10.83 by chance once in a thousand. Negative here where both
 * were watched together more seldom than chance would have it.
 */
export function logLikelihoodRatio({ both, first, second, profiles }: CoWatch): number {
  const expected = (first * second) / profiles;
  const ratio =
    2 *
    (term(both, first, second, profiles) +
      term(first - both, first, profiles - second, profiles) +
      term(second - both, profiles - first, second, profiles) +
      term(profiles - first - second + both, profiles - first, profiles - second, profiles));
  // Rounding can leave an independent pair a little below 0.
  return both < expected ? -Math.max(0, ratio) : Math.max(0, ratio);
}

const term = (observed: number, row: number, column: number, all: number): number =>
  observed === 0 ? 0 : observed * Math.log((observed / row) * (all / column));

/**
 * How many times oftener than by chance both were watched, drawn towards 1 by `shrinkage` expected pairs:
 * (both + s) / (expected + s). What is little known stays near 1.
 */
export const shrunkLift = ({ both, first, second, profiles }: CoWatch, shrinkage: number): number =>
  (both + shrinkage) / ((first * second) / profiles + shrinkage);
