/** Rows that were made ahead for a profile, in place of those that cannot be ranked for it now. */
import type { ProfileId } from '../../domain/ids.ts';
import { readNearlineRows, type NearlineRows } from '../../domain/nearline/rows.ts';
import { hasTitle, type RankedList, type RankedRow } from '../../domain/ranking/types.ts';
import { obeysCap } from '../../domain/ranking/explain.ts';
import type { RankRequest, RowRef } from '../../domain/ranking/request.ts';
import type { Library } from '../library/library.ts';

/** Top picks by the published model, from when it was trained. */
export function publishedRows(
  library: Library,
  profile: ProfileId,
): readonly RankedRow[] | null | Promise<readonly RankedRow[] | null> {
  const picks = library.madeAhead(profile);
  return picks instanceof Promise ? picks.then(rowsOf) : rowsOf(picks);
}

const rowsOf = (picks: RankedList | undefined): readonly RankedRow[] | null =>
  picks === undefined ? null : [{ kind: 'top-picks', subject: -1, ...picks }];

/** What was ranked when the profile watched something last. */
export function nearlineRows({ titles }: Library, rows: NearlineRows): readonly RankedRow[] | null {
  const known = readNearlineRows(rows).flatMap(({ kind, subject, titles: listed }): RankedRow[] => {
    const about = subject === null ? -1 : titles.numberOf(subject);
    if (subject !== null && about < 0) return [];
    const found = listed
      .map(({ titleId, score }) => ({ title: titles.numberOf(titleId), score }))
      .filter(({ title }) => title >= 0);
    return [
      {
        ...{ kind, subject: about },
        titles: Uint32Array.from(found, ({ title }) => title),
        scores: Float32Array.from(found, ({ score }) => score),
      },
    ];
  });
  return known.length === 0 ? null : known;
}

/**
 * The row that was made ahead, as far as its titles may be shown; undefined where there is none. What the profile was shown
 * since may be more than it was made by: the cap is held to what is known now.
 */
export function aheadRow(
  ahead: readonly RankedRow[],
  { kind, subject }: RowRef,
  rank: RankRequest,
): RankedRow | undefined {
  const found = ahead.find((row) => row.kind === kind && (subject < 0 || row.subject === subject));
  if (found === undefined) return undefined;
  const row = keep(found, rank);
  return row.titles.length === 0 ? undefined : row;
}

/**
 * Puts rows that were made ahead where they stand on a page: after the billboard, in place of those of their kinds, and no
 * title twice.
 */
export function withAhead(
  rows: readonly RankedRow[],
  ahead: readonly RankedRow[],
  rank: RankRequest,
): readonly RankedRow[] {
  const taken = new Set<number>();
  const take = (row: RankedRow): RankedRow => {
    const kept = keep(row, rank, taken);
    for (const title of kept.titles) taken.add(title);
    return kept;
  };
  const head = rows.filter(({ kind }) => kind === 'billboard').map(take);
  const made = ahead.map(take).filter(({ titles }) => titles.length > 0);
  const kinds = new Set(made.map(({ kind }) => kind));
  const rest = rows.filter(({ kind }) => kind !== 'billboard' && !kinds.has(kind));
  return [...head, ...made, ...rest.map(take)];
}

function keep(
  row: RankedRow,
  { context: { available }, profile, policy, limit }: RankRequest,
  taken?: ReadonlySet<number>,
): RankedRow {
  const capped = obeysCap(policy, row.kind) ? profile?.capped : undefined;
  const kept: number[] = [];
  for (let at = 0; at < row.titles.length && kept.length < limit; at++) {
    const title = row.titles[at]!;
    if (!hasTitle(available, title) || taken?.has(title) === true) continue;
    if (capped === undefined || !hasTitle(capped, title)) kept.push(at);
  }
  return { ...row, ...listOf(row, kept) };
}

const listOf = ({ titles, scores }: RankedList, kept: readonly number[]): RankedList => ({
  titles: Uint32Array.from(kept, (at) => titles[at]!),
  scores: Float32Array.from(kept, (at) => scores[at]!),
});
