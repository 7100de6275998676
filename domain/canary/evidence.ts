/**
 * Whether what was seen is enough to let a version pass. That no loss was shown says nothing where hardly anything was seen: a
 * version passes at an end of its time where the loss it was tried out for is ruled out, and else nothing is decided (tests of
 * non-inferiority: Wellek 2010, Testing Statistical Hypotheses of Equivalence and Noninferiority, section 1.3).
 */
import { normalCdf, type Loss } from './loss-test.ts';

export interface EvidenceRules {
  /** The relative loss that must be ruled out. */
  readonly effect: number;
  /** The chance that a version with just that loss passes at one of the ends. */
  readonly beta: number;
}

/** Its time, and the longer time it gets where that was too little: each is asked once, and has half of the chance. */
const ENDS = 2;

/** An ordinary test, for it is asked once an end. Without a play beside it nothing is ruled out. */
export const rulesOutLoss = (
  { candidate, baseline, variance }: Pick<Loss, 'candidate' | 'baseline' | 'variance'>,
  { effect, beta }: EvidenceRules,
): boolean =>
  baseline > 0 && candidate - baseline - quantileOf(beta) * Math.sqrt(variance) > -effect * baseline;

/**
 * Plays in each cohort of which an equal version passes at the first end nine times of ten. Plays of one profile come together:
 * sums over profiles spread so much more than if each came by itself.
 */
export function playsItTakes({ effect, beta }: EvidenceRules): number {
  const apart = (quantileOf(beta) + NINE_OF_TEN) / effect;
  return Math.ceil(2 * SPREAD * apart * apart);
}

const NINE_OF_TEN = 1.282;
/** Measured on the seeded audience. */
const SPREAD = 1.5;

/** How many standard deviations of a normal leave `beta / ENDS` above. */
function quantileOf(beta: number): number {
  const below = 1 - beta / ENDS;
  let [low, high] = [0, 8];
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < below) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
