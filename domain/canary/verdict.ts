/** What the figures of a candidate's two cohorts say of it: stop at once, go on looking, or let it pass. Pure, and bounded in time. */
import type { CanaryArm } from './arms.ts';
import type { RatioSums } from '../experiments/ratio-sums.ts';
import { rulesOutLoss, type EvidenceRules } from './evidence.ts';
import { logImbalance, lossReach, testLoss, type Loss } from './loss-test.ts';

/** Sums over the profiles of an arm: answers it was given, impressions and plays of them, and their squares and products. */
export interface CanarySums {
  readonly profiles: number;
  readonly answers: number;
  readonly impressions: number;
  readonly plays: number;
  readonly answersSquared: number;
  readonly impressionsSquared: number;
  readonly playsSquared: number;
  readonly answersByPlays: number;
  readonly impressionsByPlays: number;
}

export type CanaryReading = Readonly<Partial<Record<CanaryArm, CanarySums>>>;

/** Of `effect`: the relative loss that is found the soonest. */
export interface CanaryRules extends EvidenceRules {
  /** Chance of stopping a candidate that is no worse, over all looks and figures together. */
  readonly alpha: number;
  /** A candidate that was shown to lose less than this share passes before its time is over. */
  readonly tolerance: number;
  /** Nothing is decided of fewer profiles in an arm. */
  readonly minProfiles: number;
  /** What becomes of a version of which too little was seen to decide. */
  readonly tooLittle: 'announce' | 'reject';
}

/** Of a look: within the time of the candidate, at its end where there is more, or at the last end. */
export type CanaryMoment = 'within' | 'due' | 'last';

export const CANARY_OUTCOMES = ['passed', 'stopped', 'undecided'] as const;
export type CanaryOutcome = (typeof CANARY_OUTCOMES)[number];

/** What is watched: plays per impression, since titles that nobody wants lower it, and plays per answer, since rows that are gone do. */
export const CANARY_METRICS = ['plays_per_impression', 'plays_per_answer'] as const;
export type CanaryMetric = (typeof CANARY_METRICS)[number];

export interface CanaryJudgement {
  /** Null: look again. */
  readonly outcome: CanaryOutcome | null;
  /** Whether the version may be announced; false while there is no outcome. */
  readonly mayPass: boolean;
  /** One sentence for the operator. */
  readonly reason: string;
  /** Flat, finite, for the record. */
  readonly figures: Readonly<Record<string, number>>;
}

const NOBODY: CanarySums = {
  ...{ profiles: 0, answers: 0, impressions: 0, plays: 0 },
  ...{ answersSquared: 0, impressionsSquared: 0, playsSquared: 0, answersByPlays: 0, impressionsByPlays: 0 },
};

/** Of the chance of false alarms this part goes to arms that are not equally large. */
const IMBALANCE_PART = 0.1;

/** Without an outcome at `due` too little was seen, and it goes on once; at `last` there always is one. */
export function judgeCanary(
  reading: CanaryReading,
  rules: CanaryRules,
  moment: CanaryMoment,
): CanaryJudgement {
  const { candidate = NOBODY, baseline = NOBODY, unloaded = NOBODY } = reading;
  const losses = lossesOf(candidate, baseline, rules.effect);
  const figures = figuresOf(reading, losses);
  const told = (outcome: CanaryOutcome | null, reason: string, mayPass = outcome === 'passed') => ({
    ...{ outcome, mayPass, reason, figures },
  });
  if (unloaded.profiles > candidate.profiles && unloaded.profiles >= LEAST_UNLOADED)
    return told('stopped', `${unloaded.profiles} profiles could not be served by it: it cannot be loaded`);
  const tilt = logImbalance(candidate.profiles, baseline.profiles);
  if (tilt >= Math.log(1 / (rules.alpha * IMBALANCE_PART)))
    return told(
      'stopped',
      `${candidate.profiles} profiles were served by it and ${baseline.profiles} beside it: it is not served where it should be`,
    );
  const isEnough = Math.min(candidate.profiles, baseline.profiles) >= rules.minProfiles;
  if (isEnough) {
    const share = (rules.alpha * (1 - IMBALANCE_PART)) / CANARY_METRICS.length;
    const harm = losses.find(([, { logEvidence }]) => logEvidence >= Math.log(1 / share));
    if (harm !== undefined) return told('stopped', sentence(harm, 'only'));
    const isHarmless =
      losses.length === CANARY_METRICS.length && losses.every(([, loss]) => isWithin(loss, rules, share));
    if (isHarmless) return told('passed', `it loses less than ${percent(rules.tolerance)} of plays`);
  }
  if (moment === 'within') return told(null, 'nothing is shown yet');
  const open = losses.filter(([, loss]) => !rulesOutLoss(loss, rules));
  if (isEnough && losses.length === CANARY_METRICS.length && open.length === 0)
    return told(
      'passed',
      `its time is over and no loss was shown: ${losses.map((one) => sentence(one, '')).join('; ')}`,
    );
  const missing = isEnough
    ? `a loss of ${percent(rules.effect)} is not ruled out by ${amount(candidate)} beside ${amount(baseline)}`
    : `only ${candidate.profiles} and ${baseline.profiles} profiles came, of ${rules.minProfiles} that it takes`;
  const reason = `its time is over and too little was seen: ${missing}`;
  return moment === 'due' ? told(null, reason) : told('undecided', reason, rules.tooLittle === 'announce');
}

const amount = ({ plays, answers }: CanarySums): string => `${plays} plays of ${answers} answers`;

/** So few may have met one process that could not read its disk. */
const LEAST_UNLOADED = 3;

type NamedLoss = readonly [CanaryMetric, Loss];

function lossesOf(candidate: CanarySums, baseline: CanarySums, effect: number): readonly NamedLoss[] {
  const sums: Readonly<Record<CanaryMetric, (of: CanarySums) => RatioSums>> = {
    plays_per_impression: perImpression,
    plays_per_answer: perAnswer,
  };
  return CANARY_METRICS.flatMap((metric): NamedLoss[] => {
    const loss = testLoss(sums[metric](candidate), sums[metric](baseline), effect);
    return loss === undefined ? [] : [[metric, loss]];
  });
}

const perImpression = (of: CanarySums): RatioSums => ({
  ...{ profiles: of.profiles, x: of.impressions, y: of.plays },
  ...{ xx: of.impressionsSquared, xy: of.impressionsByPlays, yy: of.playsSquared },
});

const perAnswer = (of: CanarySums): RatioSums => ({
  ...{ profiles: of.profiles, x: of.answers, y: of.plays },
  ...{ xx: of.answersSquared, xy: of.answersByPlays, yy: of.playsSquared },
});

function isWithin(loss: Loss, { effect, tolerance }: CanaryRules, alpha: number): boolean {
  const reach = lossReach(loss, effect * loss.baseline, alpha);
  return loss.candidate - loss.baseline - reach > -tolerance * loss.baseline;
}

function figuresOf(reading: CanaryReading, losses: readonly NamedLoss[]): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [arm, sums] of Object.entries(reading))
    for (const figure of ['profiles', 'answers', 'impressions', 'plays'] as const)
      figures[`${arm}_${figure}`] = sums[figure];
  for (const [metric, { candidate, baseline, variance, logEvidence }] of losses) {
    figures[`candidate_${metric}`] = candidate;
    figures[`baseline_${metric}`] = baseline;
    figures[`${metric}_error`] = Math.sqrt(variance);
    figures[`${metric}_evidence`] = logEvidence;
  }
  return figures;
}

const NAMES: Readonly<Record<CanaryMetric, string>> = {
  plays_per_impression: 'plays per impression',
  plays_per_answer: 'plays per answer',
};

function sentence([metric, { candidate, baseline }]: NamedLoss, only: string): string {
  const words = [
    'it has',
    only,
    rounded(candidate),
    NAMES[metric],
    'where the current version has',
    rounded(baseline),
  ];
  return words.filter((word) => word !== '').join(' ');
}

const rounded = (value: number): string => value.toPrecision(3);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
