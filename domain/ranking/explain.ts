/** Why a title has its place in a row: read from the very columns that ranked it. */
import type { Frame } from './frame.ts';
import type { BuiltRow } from './page.ts';
import type { RankingPolicy } from './policy.ts';
import {
  FILTERS,
  type Explanation,
  type Filter,
  type RankRequest,
  type RowExplanation,
  type ScorePart,
} from './request.ts';
import { ROW_MAKERS } from './rows/rows.ts';
import { hasTitle, type RowKind } from './types.ts';

/** To be asked before the next row is ranked. */
export function explainRow(frame: Frame, { row, picked }: BuiltRow): RowExplanation {
  const { pool } = frame;
  const explain = (title: number, rank: number): Explanation => {
    const place = picked.places[rank]!;
    return {
      title,
      rank,
      score: picked.scores[rank]!,
      parts: partsAt(frame, place),
      seen: pool.seen[place]!,
      diversity: picked.losses[rank]!,
      candidates: pool.size,
    };
  };
  return {
    row,
    tasteSource: frame.taste.source,
    policyVersion: frame.policy.version,
    titles: Array.from(row.titles, explain),
  };
}

function partsAt({ pool }: Frame, place: number): ScorePart[] {
  return pool.parts.slice(0, pool.partCount).map(({ ingredient, weight, values, mean, deviation }) => ({
    ingredient,
    weight,
    value: values[place]!,
    standard: deviation === 0 ? 0 : (values[place]! - mean) / deviation,
  }));
}

/** Whether rows of a kind leave out what was shown too often of late. */
export const obeysCap = ({ rows }: RankingPolicy, kind: RowKind): boolean =>
  !ROW_MAKERS[kind].isOwn && rows[kind].keeps_cap > 0;

/** The filters that a row of this kind holds a title to and that it passed; where rules were given up, not all. */
export function filtersPassed(
  { context, profile, lists, policy }: RankRequest,
  kind: RowKind,
  title: number,
): Filter[] {
  const { isOwn } = ROW_MAKERS[kind];
  const passed: Readonly<Record<Filter, () => boolean>> = {
    available: () => hasTitle(context.available, title),
    'not-disliked': () => profile !== null && !hasTitle(profile.disliked, title),
    'not-watched': () => profile !== null && !isOwn && !profile.watched.some((one) => one.title === title),
    'not-capped': () => profile !== null && obeysCap(policy, kind) && !hasTitle(profile.capped, title),
    'active-enough': () => kind === 'trending' && lists.trending.titles.includes(title),
  };
  return FILTERS.filter((filter) => passed[filter]());
}
