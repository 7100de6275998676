/** Whether take rates can be told at all, by one rule for rows and counts. */
import { MEASURE_COUNT, MEASURES } from '../domain/measures.ts';
import { takeRatePrior, type TakeRatePrior } from '../domain/take-rate.ts';
import type { Standing } from './standing.ts';

export type TakeRates =
  | { readonly prior: TakeRatePrior; readonly reason: null }
  | { readonly prior: null; readonly reason: string };

/** The catalogue-wide take rate as a prior; where counts are not complete every ratio is doubtful: withheld. */
export function takeRatesOf(standing: Standing, strength: number): TakeRates {
  if (!standing.complete)
    return { prior: null, reason: standing.incompleteReason ?? 'the counts are not complete' };
  const sums = new Float64Array(MEASURE_COUNT);
  standing.batch.addEverything(sums);
  standing.speed.addEverything(sums);
  const of = (measure: 'plays' | 'impressions'): number => sums[MEASURES.indexOf(measure)]!;
  return {
    prior: takeRatePrior({ plays: of('plays'), impressions: of('impressions') }, strength),
    reason: null,
  };
}
