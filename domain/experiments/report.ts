/**
 * What an experiment says: plays per impression of each arm, and how far apart arms are. Profiles were shared out, not
 * impressions, and those of one profile are alike; so the interval of the ratio comes from what differs between profiles, by
 * the delta method.
 */
import { wilsonInterval } from '../contracts/proportion.ts';
import type { Credit } from './interleave.ts';
import { squaresAbout, type RatioSums } from './ratio-sums.ts';

export type { Credit };

/** Of an arm: x are the impressions of a profile, y its plays. */
export interface ArmSums extends RatioSums {
  readonly arm: string;
}

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ArmReport {
  readonly arm: string;
  /** Share of profiles that it should have, of all weights; null for an arm that is not declared any more. */
  readonly expectedShare: number | null;
  readonly profiles: number;
  readonly impressions: number;
  readonly plays: number;
  /** Plays per impression; null with fewer than two profiles or without impressions. */
  readonly playsPerImpression: Estimate | null;
  /** Less that of the first arm; null for that one itself, and where either is not known. */
  readonly difference: Estimate | null;
}

export interface ExperimentReport {
  readonly arms: readonly ArmReport[];
  /** Whom the others are held against: `control` where there is one, else the first by name. */
  readonly against: string | null;
  /** False where the arms' shares of profiles are not what the weights say: then the figures say nothing. */
  readonly isBalanced: boolean;
}

/** Of 95 % intervals. */
const Z = 1.959964;
/** So that a sound experiment is called unbalanced once in some 16,000 looks at an arm. */
const BALANCE_Z = 4;
const CONTROL = 'control';

/** `weights` by arm, as declared; arms that nobody was in come with zeros. */
export function reportOf(sums: readonly ArmSums[], weights: ReadonlyMap<string, number>): ExperimentReport {
  const byArm = new Map(sums.map((one) => [one.arm, one]));
  const names = [...new Set([...byArm.keys(), ...weights.keys()])].sort((a, b) => (a < b ? -1 : 1));
  const against = names.includes(CONTROL) ? CONTROL : (names[0] ?? null);
  const first = against === null ? null : ratioOf(byArm.get(against));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const arms = names.map((arm): ArmReport => {
    const own = byArm.get(arm);
    const ratio = ratioOf(own);
    const weight = weights.get(arm);
    return {
      arm,
      expectedShare: weight === undefined || total === 0 ? null : weight / total,
      ...{ profiles: own?.profiles ?? 0, impressions: own?.x ?? 0, plays: own?.y ?? 0 },
      playsPerImpression: ratio === null ? null : estimate(ratio.value, ratio.variance),
      difference:
        arm === against || ratio === null || first === null
          ? null
          : estimate(ratio.value - first.value, ratio.variance + first.variance),
    };
  });
  return { arms, against, isBalanced: areBalanced(arms) };
}

function estimate(value: number, variance: number): Estimate {
  const spread = Z * Math.sqrt(variance);
  return { value, low: value - spread, high: value + spread };
}

/** Σy / Σx and the variance of it: that of y − R x over profiles, over n times the squared mean of x. */
function ratioOf(sums: ArmSums | undefined): { readonly value: number; readonly variance: number } | null {
  if (sums === undefined || sums.profiles < 2 || sums.x <= 0) return null;
  const { profiles: n, x, y } = sums;
  const value = y / x;
  // Residuals y − R x sum to 0, so their squares need no mean taken off.
  return { value, variance: (squaresAbout(sums, value) * n) / ((n - 1) * x * x) };
}

/** The declared share of each arm lies in Wilson's interval of the share that was found. */
function areBalanced(arms: readonly ArmReport[]): boolean {
  const declared = arms.filter(({ expectedShare }) => expectedShare !== null);
  const total = declared.reduce((sum, { profiles }) => sum + profiles, 0);
  return declared.every(({ profiles, expectedShare }) => {
    const { low, high } = wilsonInterval(profiles, total, BALANCE_Z);
    return expectedShare! >= low && expectedShare! <= high;
  });
}

export interface InterleavedReport {
  readonly profiles: number;
  /** Plays of titles that each arm chose. */
  readonly plays: Readonly<Record<'a' | 'b', number>>;
  /** Profiles that played more of one arm's titles than of the other's. */
  readonly wins: Readonly<Record<'a' | 'b', number>>;
  /** Mean over profiles of (plays of a − plays of b) / plays; above 0 speaks for a. Null with fewer than two profiles. */
  readonly preference: Estimate | null;
}

/** Of the plays of each profile that played anything in the interleaved row. */
export function interleavedReportOf(credits: Iterable<Credit>): InterleavedReport {
  let [profiles, a, b, winsOfA, winsOfB, sum, squares] = [0, 0, 0, 0, 0, 0, 0];
  for (const credit of credits) {
    const plays = credit.a + credit.b;
    if (plays === 0) continue;
    profiles += 1;
    a += credit.a;
    b += credit.b;
    if (credit.a > credit.b) winsOfA += 1;
    if (credit.b > credit.a) winsOfB += 1;
    const lean = (credit.a - credit.b) / plays;
    sum += lean;
    squares += lean * lean;
  }
  const mean = sum / profiles;
  const variance = (squares - profiles * mean * mean) / (profiles - 1) / profiles;
  return {
    profiles,
    plays: { a, b },
    wins: { a: winsOfA, b: winsOfB },
    preference: profiles < 2 ? null : estimate(mean, Math.max(0, variance)),
  };
}
