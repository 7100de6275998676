/** Asks a scorer for the ranking of every profile of a split and says what the rankings are worth. */
import { createBestTitles } from '../../domain/scores.ts';
import type { History, Interactions, Scorer } from '../models/model.ts';
import { createPace, type Pace } from '../models/pace.ts';
import { coverageOf, giniOf, ndcgAt, recallAt } from './metrics.ts';
import { placeOf } from './ranking.ts';
import type { Split } from './splits.ts';

/** Metrics that each profile has. */
const PROFILE_METRICS = {
  recall_at_20: (places: ArrayLike<number>) => recallAt(20, places),
  ndcg_at_10: (places: ArrayLike<number>) => ndcgAt(10, places),
  ndcg_at_100: (places: ArrayLike<number>) => ndcgAt(100, places),
} as const;
export type ProfileMetric = keyof typeof PROFILE_METRICS;
export const PROFILE_METRIC_NAMES = Object.keys(PROFILE_METRICS) as ProfileMetric[];

/** Metrics of the rows of all profiles together, the first `ROW_LENGTH` titles of each. */
export const ROW_METRICS = { coverage_at_20: coverageOf, gini_at_20: giniOf } as const;
export type RowMetric = keyof typeof ROW_METRICS;
const ROW_LENGTH = 20;

export interface Evaluated {
  /** Of each profile of the split, in its order. */
  readonly profiles: Readonly<Record<ProfileMetric, Float64Array>>;
  readonly rows: Readonly<Record<RowMetric, number>>;
}

/** A scorer that may know profiles by their row, for models that have factors of each. */
export interface RowScorer extends Pick<Scorer, 'titles'> {
  score(history: History, scores: Float32Array, row: number): void;
}

/** The scorer's titles are those of the split; what a profile watched before is left out of its ranking. */
export async function evaluate(
  scorer: RowScorer,
  { train, rows, starts, heldOut }: Split,
  pace: Pace = createPace(undefined),
): Promise<Evaluated> {
  const scores = new Float32Array(train.titles.length);
  const isSeen = new Uint8Array(train.titles.length);
  const shown = new Uint32Array(train.titles.length);
  const best = createBestTitles(ROW_LENGTH);
  const profiles = {
    recall_at_20: new Float64Array(rows.length),
    ndcg_at_10: new Float64Array(rows.length),
    ndcg_at_100: new Float64Array(rows.length),
  };
  for (const [i, row] of rows.entries()) {
    await pace(i / rows.length);
    const history = historyOf(train, row);
    scorer.score(history, scores, row);
    for (const title of history.columns) isSeen[title] = 1;
    const asked = heldOut.subarray(starts[i], starts[i + 1]);
    const places = Array.from(asked, (title) => placeOf(scores, title, isSeen));
    for (const metric of PROFILE_METRIC_NAMES) profiles[metric][i] = PROFILE_METRICS[metric](places);
    const size = best.select(scores, scores.length, history.columns);
    for (const title of best.titles.subarray(0, size)) shown[title]! += 1;
    for (const title of history.columns) isSeen[title] = 0;
  }
  return { profiles, rows: { coverage_at_20: coverageOf(shown), gini_at_20: giniOf(shown) } };
}

/** What a profile watched, as scorers take it. */
export function historyOf({ rowStarts, columns, weights, times }: Interactions, row: number): History {
  const [from, to] = [rowStarts[row], rowStarts[row + 1]];
  return {
    columns: columns.subarray(from, to),
    weights: weights.subarray(from, to),
    times: times.subarray(from, to),
  };
}

/** The mean of several runs of one model that differ in their seeds, profile by profile. */
export function meanOf(runs: readonly Evaluated[]): Evaluated {
  const [first] = runs;
  if (first === undefined) throw new RangeError('there is no run to take the mean of');
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const profiles = (metric: ProfileMetric): Float64Array =>
    first.profiles[metric].map((_, i) => mean(runs.map((run) => run.profiles[metric][i]!)));
  const rows = (metric: RowMetric): number => mean(runs.map((run) => run.rows[metric]));
  return {
    profiles: {
      recall_at_20: profiles('recall_at_20'),
      ndcg_at_10: profiles('ndcg_at_10'),
      ndcg_at_100: profiles('ndcg_at_100'),
    },
    rows: { coverage_at_20: rows('coverage_at_20'), gini_at_20: rows('gini_at_20') },
  };
}

export const averageOf = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
