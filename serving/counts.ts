/** Counts of one title, with both parts beside their sum. */
import type { Country, TitleId } from '../domain/ids.ts';
import { mergeTitle, nothingCounted, type MergedTitle } from '../domain/merge.ts';
import { takeRate } from '../domain/take-rate.ts';
import type { Standing } from './standing.ts';
import { takeRatesOf } from './take-rates.ts';

export interface TitleCounts extends MergedTitle {
  /** Smoothed; null where it would mislead, and `takeRateReason` says why. */
  readonly takeRate: number | null;
  readonly takeRateReason: string | null;
}

/** Undefined where nothing was ever counted of the title. */
export function countsOf(
  standing: Standing,
  title: TitleId,
  country: Country | undefined,
  strength: number,
): TitleCounts | undefined {
  const merged = mergeTitle(standing.batch, standing.speed, title, country);
  return merged && { ...merged, ...rateOf(standing, merged, strength) };
}

export const noCounts = (standing: Standing, strength: number): TitleCounts => {
  const merged = nothingCounted();
  return { ...merged, ...rateOf(standing, merged, strength) };
};

function rateOf(
  standing: Standing,
  { plays, impressions }: MergedTitle,
  strength: number,
): Pick<TitleCounts, 'takeRate' | 'takeRateReason'> {
  const { prior, reason } = takeRatesOf(standing, strength);
  const takeRateReason = reason;
  if (prior === null) return { takeRate: null, takeRateReason };
  return {
    takeRate: takeRate({ plays: plays.total, impressions: impressions.total }, prior),
    takeRateReason,
  };
}
