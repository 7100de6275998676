/** Catalogue entries and where and when each may be shown. */
import type { Country, TitleId } from './ids.ts';
import type { EpochMs } from './time.ts';

export const TITLE_KINDS = ['film', 'series', 'season', 'episode'] as const;
export type TitleKind = (typeof TITLE_KINDS)[number];

/** Half open: shown from `from` until before `to`; an open end is null. Milliseconds. */
export interface Interval {
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
}

export interface CatalogueEntry {
  readonly titleId: TitleId;
  readonly kind: TitleKind;
  readonly name: string;
  readonly genres: readonly string[];
  readonly year: number | null;
  readonly runtimeSeconds: number | null;
  readonly launchTime: EpochMs | null;
  /** Season of a series, episode of a season. */
  readonly parentId: TitleId | null;
  /**
   * Intervals by country; `*` stands for every country without an entry of its own. No interval: not available there.
   */
  readonly availability: Readonly<Record<string, readonly Interval[]>>;
}

export const EVERYWHERE: CatalogueEntry['availability'] = { '*': [{ from: null, to: null }] };

/** Whether a title may be shown in a country at a time. Without a country it must be available somewhere. */
export function isAvailable(entry: CatalogueEntry, at: EpochMs, country?: Country): boolean {
  if (country === undefined)
    return Object.values(entry.availability).some((intervals) => covers(intervals, at));
  const own = Object.hasOwn(entry.availability, country)
    ? entry.availability[country]
    : entry.availability['*'];
  return covers(own ?? [], at);
}

function covers(intervals: readonly Interval[], at: EpochMs): boolean {
  return intervals.some(({ from, to }) => (from === null || from <= at) && (to === null || at < to));
}
