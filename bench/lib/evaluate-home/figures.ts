/** What the evaluation of the home page prints: each ingredient's contribution with its interval. */
import { compare, type Interval } from '../../../batch/evaluation/bootstrap.ts';
import type { ViewerOutcome } from '../../../examples/audience/run.ts';
import type { Figures } from '../benchmark.ts';
import type { AudienceOutcomes, AudienceVariant } from './audience-contest.ts';
import { PAGE_METRICS, type PageMetric } from './page-metrics.ts';
import { REPLAY_VARIANTS, type Replayed, type ReplayVariant } from './replay.ts';

/** An ingredient is what one variant has and another has not. */
const REPLAY_GAINS: readonly (readonly [name: string, of: ReplayVariant, over: ReplayVariant])[] = [
  ['stale', 'stale', 'unpersonalised'],
  ['foldin', 'fold-in', 'stale'],
  ['trending_taste', 'trending-taste', 'trending-plain'],
];
const AUDIENCE_GAINS: readonly (readonly [name: string, of: AudienceVariant, over: AudienceVariant])[] = [
  ['personalised_over_trending', 'personalised', 'trending'],
  ['personalised', 'personalised', 'unpersonalised'],
  ['context', 'context', 'personalised'],
  ['genre_context', 'genre-context', 'personalised'],
  ['memory', 'memory', 'personalised'],
  ['context_beside_memory', 'context-memory', 'memory'],
  ['all', 'all', 'personalised'],
  ['surprise', 'memory', 'no-surprise'],
  ['similarity', 'memory', 'no-similarity'],
  ['diversity', 'memory', 'no-diversity'],
];

/** Means over profiles, and differences of NDCG and hit rate; runs of several seeds are averaged profile by profile. */
export function replayFigures(runs: readonly Replayed[]): Figures {
  const mean = (variant: ReplayVariant, metric: PageMetric): Float64Array =>
    averaged(runs.map(({ of }) => of[variant][metric]));
  const values = REPLAY_VARIANTS.flatMap((variant) =>
    PAGE_METRICS.map((metric) => [`${metric}_${snake(variant)}`, rounded(meanOf(mean(variant, metric)))]),
  );
  const gains = REPLAY_GAINS.flatMap(([name, of, over]) =>
    PAGE_METRICS.map((metric) =>
      interval(`${name}_${metric}_gain`, compare(mean(of, metric), mean(over, metric)).difference),
    ),
  );
  return {
    profiles: runs[0]?.profiles.length ?? 0,
    plays: runs[0]?.plays ?? 0,
    ...(Object.fromEntries(values) as Figures),
    ...together(gains),
  };
}

/** Plays of all sessions by variant; a gain is the share of plays more, the sessions being the same. */
export function audienceFigures(runs: readonly AudienceOutcomes[]): Figures {
  const variants = Object.keys(runs[0] ?? {}) as AudienceVariant[];
  const viewers = [
    ...new Set(runs.flatMap((run) => run.personalised.map(({ profileId }) => profileId))),
  ].sort();
  const sumsOf = (variant: AudienceVariant, of: (one: ViewerOutcome) => number): Float64Array => {
    const sums = new Map(viewers.map((viewer) => [viewer, 0]));
    for (const run of runs)
      for (const one of run[variant]) sums.set(one.profileId, sums.get(one.profileId)! + of(one));
    return Float64Array.from(viewers, (viewer) => sums.get(viewer)!);
  };
  const total = (variant: AudienceVariant, of: (one: ViewerOutcome) => number): number =>
    sumsOf(variant, of).reduce((sum, one) => sum + one, 0);
  const values = variants.flatMap((variant) => {
    const plays = total(variant, (one) => one.plays);
    return [
      [`plays_per_session_${snake(variant)}`, rounded(plays / total(variant, (one) => one.sessions))],
      [`plays_per_impression_${snake(variant)}`, rounded(plays / total(variant, (one) => one.impressions))],
    ];
  });
  const gains = AUDIENCE_GAINS.map(([name, of, over]) => {
    const plays = (variant: AudienceVariant): Float64Array => sumsOf(variant, (one) => one.plays);
    return interval(`audience_${name}_gain`, compare(plays(of), plays(over)).ratio, (ratio) => ratio - 1);
  });
  return {
    audience: 'seeded: tastes of real ratings, made-up habits',
    viewers: viewers.length,
    sessions: total('personalised', (one) => one.sessions),
    ...(Object.fromEntries(values) as Figures),
    ...together(gains),
  };
}

function averaged(runs: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array()] = runs;
  return first.map((_, i) => runs.reduce((sum, run) => sum + run[i]!, 0) / runs.length);
}

const meanOf = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function interval(
  name: string,
  { value, low, high }: Interval,
  of: (value: number) => number = (one) => one,
): Figures {
  return {
    [name]: rounded(of(value)),
    [`${name}_low`]: rounded(of(low)),
    [`${name}_high`]: rounded(of(high)),
  };
}

const together = (figures: readonly Figures[]): Figures =>
  Object.fromEntries(figures.flatMap((one) => Object.entries(one)));

const snake = (text: string): string => text.replaceAll('-', '_');
const rounded = (value: number): number => Number(value.toFixed(4));
