/** Counts of one title, with both parts beside their sum. */
import type { Country, TitleId } from '../domain/ids.ts';
import { DISTINCT_ERROR, mergeDistinct, type MergedDistinct } from '../domain/distinct.ts';
import {
  mergeRows,
  mergeTitle,
  nothingCounted,
  type MergedRow,
  type MergedTitle,
  type TitlePlays,
} from '../domain/merge.ts';
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
  /** ISO instant since which the plays of `byRow` are; null where there are none, or they are not known. */
  readonly rowPlaysSince: string | null;
}

/** What a title is asked for. */
export interface CountsQuestion {
  readonly title: TitleId;
  /** All countries without. */
  readonly country: Country | undefined;
  /** Impressions of the prior of take rates. */
  readonly strength: number;
  /** By row; null where they are not known. */
  readonly rowPlays: TitlePlays | null;
}

/** How many rows an answer names. */
const MOST_ROWS = 50;

/** Undefined where nothing was ever counted of the title. */
export function countsOf(standing: Standing, question: CountsQuestion): TitleCounts | undefined {
  const merged = mergeTitle(standing.batch, standing.speed, question.title, question.country);
  return (
    merged && { ...merged, ...rateOf(standing, merged, question.strength), ...reachOf(standing, question) }
  );
}

export const noCounts = (standing: Standing, question: CountsQuestion): TitleCounts => {
  const merged = nothingCounted();
  return { ...merged, ...rateOf(standing, merged, question.strength), ...reachOf(standing, question) };
};

function reachOf(
  { batch, speed }: Standing,
  { title, country, rowPlays }: CountsQuestion,
): Pick<TitleCounts, 'distinctProfiles' | 'byRow' | 'rowPlaysSince'> {
  if (country !== undefined) return { distinctProfiles: null, byRow: null, rowPlaysSince: null };
  const since = rowPlays?.since ?? null;
  return {
    distinctProfiles: { ...mergeDistinct(batch, speed, title), relativeError: DISTINCT_ERROR },
    byRow: mergeRows(batch, speed, title, rowPlays).slice(0, MOST_ROWS),
    rowPlaysSince: since === null ? null : new Date(since).toISOString(),
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
