/** Counts of one title, with both parts beside their sum. */
import type { Country, TitleId } from '../domain/ids.ts';
import { DISTINCT_ERROR, mergeDistinct, type MergedDistinct } from '../domain/distinct.ts';
import { mergeRows, mergeTitle, nothingCounted, type MergedRow, type MergedTitle } from '../domain/merge.ts';
import { takeRate } from '../domain/take-rate.ts';
import type { Standing } from './standing.ts';
import { takeRatesOf } from './take-rates.ts';

export interface TitleCounts extends MergedTitle {
  /** Smoothed; null where it would mislead, and `takeRateReason` says why. */
  readonly takeRate: number | null;
  readonly takeRateReason: string | null;
  /** Who started the title, in all countries; null where one country was asked for. */
  readonly distinctProfiles: (MergedDistinct & { readonly relativeError: number }) | null;
  /** Where it was shown, in all countries, most impressions first; null where one country was asked for. */
  readonly byRow: MergedRow[] | null;
}

/** How many rows an answer names. */
const MOST_ROWS = 50;

/** Undefined where nothing was ever counted of the title. */
export function countsOf(
  standing: Standing,
  title: TitleId,
  country: Country | undefined,
  strength: number,
): TitleCounts | undefined {
  const merged = mergeTitle(standing.batch, standing.speed, title, country);
  return merged && { ...merged, ...rateOf(standing, merged, strength), ...reachOf(standing, title, country) };
}

export const noCounts = (
  standing: Standing,
  strength: number,
  title: TitleId,
  country: Country | undefined,
): TitleCounts => {
  const merged = nothingCounted();
  return { ...merged, ...rateOf(standing, merged, strength), ...reachOf(standing, title, country) };
};

function reachOf(
  { batch, speed }: Standing,
  title: TitleId,
  country: Country | undefined,
): Pick<TitleCounts, 'distinctProfiles' | 'byRow'> {
  if (country !== undefined) return { distinctProfiles: null, byRow: null };
  return {
    distinctProfiles: { ...mergeDistinct(batch, speed, title), relativeError: DISTINCT_ERROR },
    byRow: mergeRows(batch, speed, title).slice(0, MOST_ROWS),
  };
}

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
