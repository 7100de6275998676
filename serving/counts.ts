/** Counts of one title, with both parts beside their sum. */
import type { Country, TitleId } from '../domain/ids.ts';
import { mergeTitle, nothingCounted, type MergedTitle } from '../domain/merge.ts';
import { takeRate } from '../domain/take-rate.ts';
import { priorOf } from './rows/rows.ts';
import type { Standing } from './standing.ts';

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
  if (standing.holes.length > 0)
    return {
      takeRate: null,
      takeRateReason: `${standing.holes.length} blocks of the speed view are missing`,
    };
  const prior = priorOf(standing, strength);
  if (!standing.complete || prior === undefined)
    return { takeRate: null, takeRateReason: standing.fallbackReason ?? 'the counts are not complete' };
  const rate = takeRate({ plays: plays.total, impressions: impressions.total }, prior);
  return { takeRate: rate, takeRateReason: null };
}
