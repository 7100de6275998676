/** Who is in which arm: a function of profile and salt alone, the same in every process, with nothing to remember. */
import { hashProfile } from '../hash.ts';
import type { ProfileId } from '../ids.ts';
import type { Arm, Experiment } from './experiment.ts';

/** An arm's name by its experiment's. */
export interface Assigned {
  readonly experiment: Experiment;
  readonly arm: Arm;
}

const HASHES = 2 ** 52;

/** A number in (0, 1) of a profile, independent between salts. */
function drawOf(profile: ProfileId, salt: string): number {
  return (hashProfile(`${salt}\u0001${profile}`) + 0.5) / HASHES;
}

/**
 * The arm whose exponential clock rings first, at −ln(u) / weight: profiles are shared out as the weights say. A weight that
 * grows only draws profiles into its arm and one that falls only lets some out of it; no stateless rule moves fewer
 * between any two sets of weights without moving more between others (Moulton and Jiang 2018, Maximally Consistent
 * Sampling and the Jaccard Index of Probability Distributions). Arms are told apart by name, so that their order and new
 * ones are no matter.
 */
export function armOf({ salt, arms }: Experiment, profile: ProfileId): Arm {
  let [first, soonest] = [arms[0]!, Infinity];
  for (const arm of arms) {
    if (arm.weight <= 0) continue;
    const rings = -Math.log(drawOf(profile, `${salt}\u0001${arm.name}`)) / arm.weight;
    if (rings < soonest) [first, soonest] = [arm, rings];
  }
  return first;
}

export type Cohort = 'candidate' | 'baseline' | 'rest';

/**
 * Whether a profile gets a candidate beside what is current, or belongs to the equally large cohort it is held against. Of
 * all profiles `share` are in each, at most one half. A share that grows moves nobody but from the rest into a cohort.
 */
export function cohortOf(profile: ProfileId, salt: string, share: number): Cohort {
  const draw = drawOf(profile, salt);
  const width = Math.min(0.5, Math.max(0, share));
  if (draw < width) return 'candidate';
  return draw > 1 - width ? 'baseline' : 'rest';
}

/** Between the arms of an answer, and between an experiment and its arm. */
export const ARM_SEPARATOR = ',';
export const ARM_SIGN = '=';

/** Arms as what was served keeps them: `<experiment>=<arm>`, by experiment. Empty without any. */
export const armsText = (assigned: readonly Assigned[]): string =>
  assigned.map(({ experiment, arm }) => `${experiment.name}${ARM_SIGN}${arm.name}`).join(ARM_SEPARATOR);
