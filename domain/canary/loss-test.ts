/**
 * Whether a candidate costs plays, asked as often as anybody likes. A test that may be looked at after every event must hold
 * its false alarms over all looks together: the mixture sequential probability ratio test does (Robbins 1970, Statistical
 * Methods Related to the Law of the Iterated Logarithm, Ann. Math. Stat. 41; for two arms Johari, Koomen, Pekelis and Walsh
 * 2017, Peeking at A/B Tests, KDD, section 3). Only losses are mixed over, so that a gain is no alarm.
 */

import { squaresAbout, type RatioSums } from '../experiments/ratio-sums.ts';

export interface Loss {
  /** y over x of both arms. */
  readonly candidate: number;
  readonly baseline: number;
  /** Of the difference candidate − baseline if there were none, as profiles differ. */
  readonly variance: number;
  /** Natural logarithm of how much better a loss explains the sums than none does. */
  readonly logEvidence: number;
}

/**
 * Nobody was given anything in one arm: undefined. `effect` is the relative loss that the test is quickest to find; smaller and
 * larger ones take longer. An alarm at `logEvidence` ≥ ln(1/α) is false with a chance of at most α over all looks, as far as
 * sums over profiles are normal.
 */
export function testLoss(candidate: RatioSums, baseline: RatioSums, effect: number): Loss | undefined {
  if (candidate.x <= 0 || baseline.x <= 0) return undefined;
  // Without a difference both arms are of one rate: an arm without a single play has its spread from the other.
  const rate = (candidate.y + baseline.y) / (candidate.x + baseline.x);
  const variance = spreadOf(candidate, rate) + spreadOf(baseline, rate);
  const [of, beside] = [candidate.y / candidate.x, baseline.y / baseline.x];
  const logEvidence = logLossRatio(of - beside, variance, effect * rate);
  return { candidate: of, baseline: beside, variance, logEvidence };
}

/** The variance of y / x about `rate`. */
const spreadOf = (sums: RatioSums, rate: number): number => squaresAbout(sums, rate) / (sums.x * sums.x);

/** Log of the likelihood of `difference` under losses spread as half a normal of `scale`, over that under none. */
function logLossRatio(difference: number, variance: number, scale: number): number {
  if (variance <= 0 || scale <= 0) return 0;
  const wide = variance + scale * scale;
  const base = 0.5 * Math.log(variance / wide);
  // A gain is evidence of no loss: never more than no difference at all.
  if (difference >= 0) return base;
  const exponent = (difference * difference * scale * scale) / (2 * variance * wide);
  const below = normalCdf((-difference * scale) / Math.sqrt(variance * wide));
  return base + exponent + Math.log(2 * below);
}

/**
 * How far the difference may lie below what was found, at any look, with a chance of at most α to be wrong ever (the
 * confidence sequence of the same mixture: Howard, Ramdas, McAuliffe and Sekhon 2021, Time-uniform, nonparametric,
 * nonasymptotic confidence sequences, Ann. Stat. 49, section 3.3).
 */
export function lossReach({ variance }: Pick<Loss, 'variance'>, scale: number, alpha: number): number {
  if (variance <= 0 || scale <= 0) return Infinity;
  const square = scale * scale;
  const wide = variance + square;
  return Math.sqrt(((variance * wide) / square) * (Math.log(wide / variance) + 2 * Math.log(1 / alpha)));
}

/**
 * Log evidence that `ours` of both arms' profiles is not half of them: the mixture over a normal of `SHARE_SCALE` about one half.
 */
export function logImbalance(ours: number, theirs: number): number {
  const all = ours + theirs;
  if (all === 0) return 0;
  const [off, variance] = [ours / all - 0.5, 0.25 / all];
  const wide = variance + SHARE_SCALE ** 2;
  return 0.5 * Math.log(variance / wide) + (off * off * SHARE_SCALE ** 2) / (2 * variance * wide);
}

const SHARE_SCALE = 0.1;

/** Abramowitz and Stegun 1964, 7.1.26: off by less than 1.5e-7. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const tail = 0.5 * sum * Math.exp((-z * z) / 2);
  return z >= 0 ? 1 - tail : tail;
}
