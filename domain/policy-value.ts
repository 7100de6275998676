/**
 * What a policy would gain, told from the log of another: each time the log shows what the policy would have shown more
 * often, its outcome counts for more (Horvitz and Thompson 1952; for logged choices Bottou et al. 2013, Counterfactual
 * Reasoning and Learning Systems, section 4). Unbiased as long as the log's policy shows everything sometimes; one that
 * almost never shows something makes for few, heavy outcomes, which the standard error tells as far as it has seen them.
 */
export interface LoggedChoice {
  /** 1 if it was taken, else 0; or any gain. */
  readonly gain: number;
  /** How likely it was that the log's policy made this choice, above 0. */
  readonly logged: number;
  /** How likely the other policy would have made it, 0 to 1. */
  readonly target: number;
}

export interface PolicyValue {
  readonly choices: number;
  /** Mean gain of the log: what its own policy is worth. */
  readonly raw: number;
  /** Inverse-propensity estimate of the other policy's mean gain. */
  readonly estimate: number;
  readonly standardError: number;
  /** Choices that would tell as much, were all of one weight: (Σ w)² / Σ w². */
  readonly effectiveChoices: number;
}

/** `mostWeight` bounds what one choice counts: less noise at the price of some bias; Infinity by default. Zeros for an empty log. */
export function policyValue(choices: readonly LoggedChoice[], mostWeight = Infinity): PolicyValue {
  let [gains, weighed, squared, weights, squaredWeights] = [0, 0, 0, 0, 0];
  for (const { gain, logged, target } of choices) {
    if (!(logged > 0)) throw new RangeError(`a choice of propensity ${logged} cannot have been made`);
    const weight = Math.min(mostWeight, target / logged);
    gains += gain;
    weighed += weight * gain;
    squared += (weight * gain) ** 2;
    weights += weight;
    squaredWeights += weight ** 2;
  }
  const count = choices.length;
  if (count === 0) return { choices: 0, raw: 0, estimate: 0, standardError: 0, effectiveChoices: 0 };
  const estimate = weighed / count;
  return {
    choices: count,
    raw: gains / count,
    estimate,
    standardError: Math.sqrt(Math.max(0, squared / count - estimate ** 2) / count),
    effectiveChoices: squaredWeights === 0 ? 0 : weights ** 2 / squaredWeights,
  };
}
