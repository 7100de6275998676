/** Who sees a candidate: names of the cohorts as what was served keeps them, and which of several candidates a profile is asked for. */
import { ARM_SIGN, cohortOf } from '../experiments/assignment.ts';
import type { ProfileId } from '../ids.ts';
import type { ViewName, ViewVersion } from '../views.ts';
import type { Candidate } from './candidate.ts';

/**
 * `candidate` was served by it, `baseline` by the current version beside it, and `unloaded` should have been served by it where a
 * process could not load it, and was served by the current version.
 */
export const CANARY_ARMS = ['candidate', 'baseline', 'unloaded'] as const;
export type CanaryArm = (typeof CANARY_ARMS)[number];

/** What stands before the arm in what was served. No experiment of the policy can be called so. */
export const canaryName = (view: ViewName, version: ViewVersion): string => `canary:${view}/${version}`;

/** The arm as what was served keeps it. */
export const canaryArmText = ({ view, version }: Candidate, arm: CanaryArm): string =>
  `${canaryName(view, version)}${ARM_SIGN}${arm}`;

export interface Drawn {
  readonly candidate: Candidate;
  readonly cohort: 'candidate' | 'baseline';
}

/**
 * The candidate that a profile is in a cohort of; undefined for most. Each candidate draws anew, and a profile in cohorts of
 * several counts for the first: both cohorts of a later one lose alike.
 */
export function drawCandidate(candidates: readonly Candidate[], profile: ProfileId): Drawn | undefined {
  for (const candidate of candidates) {
    const cohort = cohortOf(profile, canaryName(candidate.view, candidate.version), candidate.share);
    if (cohort !== 'rest') return { candidate, cohort };
  }
  return undefined;
}
