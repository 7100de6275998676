/** Why a title has its place in a row: read from the very columns that ranked it. */
import type { Frame } from './frame.ts';
import type { BuiltRow } from './page.ts';
import type { Explanation, RowExplanation, ScorePart } from './request.ts';

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
