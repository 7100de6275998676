/** Rows that were ranked for a profile when it had watched something, and how that is done. */
import { titleId, type TitleId } from '../ids.ts';
import { profileViewOf } from '../profile-view.ts';
import type { RankRequest } from '../ranking/request.ts';
import type { ProfileView, RankedRow, RowKind } from '../ranking/types.ts';
import { HOUR_MS, type EpochMs } from '../time.ts';
import type { FoldedTopic } from '../topics.ts';
import type { WatchingState } from '../watching/state.ts';
import type { NearlineModels, NearlineVersions } from './models.ts';

/** What rows were ranked for: the newest record by append time. */
export interface NearlineCause {
  readonly topic: FoldedTopic;
  readonly partition: number;
  readonly offset: number;
  readonly appendTime: EpochMs;
  readonly eventTime: EpochMs;
}

/** In columns: row i holds `titles[starts[i] .. starts[i + 1])`. Plain data. */
export interface NearlineRows {
  readonly kinds: readonly RowKind[];
  /** What each row is about: a title id for because-you-watched, else empty. */
  readonly subjects: readonly string[];
  readonly starts: readonly number[];
  /** Best first, of every country; some may be gone since. */
  readonly titles: readonly string[];
  readonly scores: Float32Array;
  readonly cause: NearlineCause;
  readonly versions: NearlineVersions;
}

export interface NearlineRow {
  readonly kind: RowKind;
  readonly subject: TitleId | null;
  readonly titles: readonly { readonly titleId: TitleId; readonly score: number }[];
}

export interface NearlineRowLimits {
  /** Titles of a row. */
  readonly titles: number;
  /** Titles that a row of its own is ranked for, those finished last first. */
  readonly subjects: number;
}

/** No impressions are known here, so no caps. */
const NO_CAPS = { perDay: Infinity, halvedBy: 1, leastWeight: 1 };

/** Ranked as of the cause, so the same history, cause and models give the same rows. Rows without titles are left out. */
export function rankNearline(
  models: NearlineModels,
  watching: WatchingState,
  cause: NearlineCause,
  limits: NearlineRowLimits,
): NearlineRows {
  const { appendTime: now } = cause;
  const profile = profileViewOf(models.titles, { watching }, now, NO_CAPS);
  const request: RankRequest = {
    profile,
    context: {
      ...{ now, country: null, device: null, available: models.available },
      hour: Math.floor(now / HOUR_MS) % 24,
    },
    ...{ lists: models.lists, policy: models.policy, rows: 1, limit: limits.titles },
  };
  const { ranker } = models;
  const rows =
    profile.watched.length === 0
      ? []
      : [
          ranker.row(request, 'top-picks'),
          ...subjectsOf(profile, limits.subjects).map((title) =>
            ranker.row(request, 'because-you-watched', title),
          ),
        ];
  return inColumns(models, rows, cause, limits.titles);
}

/** Those finished, newest first, then those that were left past their beginning. */
function subjectsOf({ watched }: ProfileView, most: number): number[] {
  const finished = watched.filter(({ status }) => status === 'finished');
  const stopped = watched.filter(({ status }) => status === 'stopped');
  return [...finished, ...stopped].slice(0, most).map(({ title }) => title);
}

function inColumns(
  { titles: { ids }, versions }: NearlineModels,
  ranked: readonly RankedRow[],
  cause: NearlineCause,
  most: number,
): NearlineRows {
  const rows = ranked.filter(({ titles }) => titles.length > 0);
  const starts = [0];
  const titles: string[] = [];
  const scores: number[] = [];
  for (const row of rows) {
    const count = Math.min(most, row.titles.length);
    for (let rank = 0; rank < count; rank++) {
      titles.push(ids[row.titles[rank]!]!);
      scores.push(row.scores[rank]!);
    }
    starts.push(titles.length);
  }
  return {
    kinds: rows.map(({ kind }) => kind),
    subjects: rows.map(({ subject }) => (subject < 0 ? '' : ids[subject]!)),
    ...{ starts, titles, scores: Float32Array.from(scores), cause, versions },
  };
}

/** Rows one by one, with at most so many titles each. */
export function readNearlineRows(rows: NearlineRows, limit = Infinity): NearlineRow[] {
  return rows.kinds.map((kind, row) => {
    const from = rows.starts[row]!;
    const to = Math.min(rows.starts[row + 1]!, from + limit);
    return {
      kind,
      subject: rows.subjects[row] === '' ? null : titleId(rows.subjects[row]!),
      titles: rows.titles
        .slice(from, to)
        .map((title, rank) => ({ titleId: titleId(title), score: rows.scores[from + rank]! })),
    };
  });
}
