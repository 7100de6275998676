/** Catalogue entries and where and when each may be shown. */
import type { Country, TitleId } from './ids.ts';
import type { EpochMs } from './time.ts';
import { viewName } from './views.ts';

/**
 * The published catalogue: one Parquet part, ordered by title_id, a row for each entry. Columns: title_id, kind, name
 * (VARCHAR), genres (VARCHAR, joined by `|`, empty for none), year (INTEGER), runtime_seconds (DOUBLE), launch_time
 * (BIGINT, milliseconds), parent_id, root_title_id (VARCHAR; the topmost parent, or the title itself), availability
 * (VARCHAR, JSON as in `CatalogueEntry`). Year, runtime, launch and parent may be null.
 */
export const CATALOGUE_VIEW = viewName('catalogue');
export const CATALOGUE_PART = 'entries';
export const GENRE_SEPARATOR = '|';

export const TITLE_KINDS = ['film', 'series', 'season', 'episode'] as const;
export type TitleKind = (typeof TITLE_KINDS)[number];

/** The kind that an entry's parent must have; null where an entry has none. */
export const PARENT_KINDS: Readonly<Record<TitleKind, TitleKind | null>> = {
  film: null,
  series: null,
  season: 'series',
  episode: 'season',
};

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
