/**
 * Take rate: plays per impression, smoothed towards the catalogue's own rate so that a title that was hardly shown says
 * little. The posterior mean of a Beta prior over a binomial rate (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4):
 * (plays + strength × mean) / (impressions + strength).
 */

export interface TakeRatePrior {
  /** Rate to start from, in [0, MOST_PRIOR_MEAN]. */
  readonly mean: number;
  /** How many impressions the prior weighs. */
  readonly strength: number;
}

export interface TakeRateInput {
  readonly plays: number;
  readonly impressions: number;
}

/**
 * A prior above one half would lift the hardly shown above the well proven: 1 of 2 above 50 of 100. Above it, plays that
 * no impression explains are at work.
 */
export const MOST_PRIOR_MEAN = 0.5;

/** The prior that a catalogue with these sums gives. Without any impression nothing is known, and its mean is 0. */
export function takeRatePrior({ plays, impressions }: TakeRateInput, strength: number): TakeRatePrior {
  const mean = impressions > 0 ? plays / impressions : 0;
  return { mean: Math.min(MOST_PRIOR_MEAN, mean), strength };
}

/** In [0, 1]: plays beyond the impressions came from elsewhere (search, autoplay) and were not taken from a row. */
export function takeRate({ plays, impressions }: TakeRateInput, { mean, strength }: TakeRatePrior): number {
  const weight = impressions + strength;
  return weight > 0 ? (Math.min(plays, impressions) + strength * mean) / weight : 0;
}

/** Orders by smoothed rate, highest first; of equal rates the better proven one first. */
export function compareTakeRates(a: TakeRateInput, b: TakeRateInput, prior: TakeRatePrior): number {
  return takeRate(b, prior) - takeRate(a, prior) || b.impressions - a.impressions;
}
