/**
 * How much more a position is looked at than another, learned from what was shown and taken there. In the position-based
 * model (Craswell et al., WSDM 2008; Chuklin et al., Click Models for Web Search, 3.3) an item t at position r is taken
 * with probability θᵣ γₜ: it was looked at, and it was wanted. With n sightings and k takes of each pair, and takes as
 * Poisson counts, the most likely θ and γ solve
 *
 *   θᵣ = Σₜ kₜᵣ / Σₜ nₜᵣ γₜ,  γₜ = Σᵣ kₜᵣ / Σᵣ nₜᵣ θᵣ
 *
 * which is iterated (coordinate ascent: the likelihood never falls). Items seen at several positions tell positions from
 * items. The inverse-propensity estimate of a rate is Σ k / θ over Σ n: what it would be, had all been looked at as the
 * best position is (Joachims et al., WSDM 2017).
 */

/** Sightings and takes of one item at one position. */
export interface PositionCell {
  readonly item: string;
  readonly position: number;
  readonly shown: number;
  readonly taken: number;
}

/** Always as many, so that the same cells give the same numbers. */
const ROUNDS = 50;
/** Below this a take would weigh more than a hundred: it is clipped, at the price of some bias. */
const LEAST_PROPENSITY = 0.01;

/**
 * The propensity of each position, 1 at the one that is looked at most; at least 0.01. Cells without sightings are left
 * out, and where nothing was ever taken all positions are alike.
 */
export function learnPropensities(cells: readonly PositionCell[]): Map<number, number> {
  const seen = cells.filter(({ shown }) => shown > 0);
  const theta = new Map(seen.map(({ position }) => [position, 1]));
  const gamma = new Map(seen.map(({ item }) => [item, 1]));
  if (!seen.some(({ taken }) => taken > 0)) return theta;
  for (let round = 0; round < ROUNDS; round++) {
    refit(
      seen,
      gamma,
      ({ item }) => item,
      ({ position }) => theta.get(position)!,
    );
    refit(
      seen,
      theta,
      ({ position }) => position,
      ({ item }) => gamma.get(item)!,
    );
  }
  const most = Math.max(...theta.values());
  return new Map([...theta].map(([position, value]) => [position, Math.max(LEAST_PROPENSITY, value / most)]));
}

function refit<K>(
  cells: readonly PositionCell[],
  fitted: Map<K, number>,
  keyOf: (cell: PositionCell) => K,
  otherOf: (cell: PositionCell) => number,
): void {
  const sums = new Map<K, { taken: number; expected: number }>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const sum = sums.get(key) ?? { taken: 0, expected: 0 };
    sum.taken += cell.taken;
    sum.expected += cell.shown * otherOf(cell);
    sums.set(key, sum);
  }
  for (const [key, { taken, expected }] of sums) fitted.set(key, expected > 0 ? taken / expected : 0);
}

export interface Performance {
  readonly shown: number;
  readonly taken: number;
  /** Takes over sightings. */
  readonly rate: number;
  /** What the rate would be at the position that is looked at most. */
  readonly unbiasedRate: number;
  /** Its standard error, takes being Poisson counts and propensities as given: √(Σ k / θ²) / Σ n; 0 where nothing was taken. */
  readonly unbiasedError: number;
}

/** Raw and inverse-propensity rates of some cells together; positions without a propensity count as looked at. */
export function performanceOf(
  cells: readonly PositionCell[],
  propensities: ReadonlyMap<number, number>,
): Performance {
  let [shown, taken, weighed, squared] = [0, 0, 0, 0];
  for (const cell of cells) {
    shown += cell.shown;
    taken += cell.taken;
    const propensity = propensities.get(cell.position) ?? 1;
    weighed += cell.taken / propensity;
    squared += cell.taken / propensity ** 2;
  }
  if (shown === 0) return { shown, taken, rate: 0, unbiasedRate: 0, unbiasedError: 0 };
  return {
    ...{ shown, taken, rate: taken / shown },
    ...{ unbiasedRate: weighed / shown, unbiasedError: Math.sqrt(squared) / shown },
  };
}
