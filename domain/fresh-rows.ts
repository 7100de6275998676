/** What a reader of a clean partition may still take: nothing at or below its position, nothing sent again. */
import type { Offset } from './blocks.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';

/** The last offset taken and the highest raw offset taken; both -1 before the first. */
export interface TakenUpTo {
  readonly offset: Offset;
  readonly rawOffset: Offset;
}

export const NOTHING_TAKEN: TakenUpTo = { offset: -1, rawOffset: -1 };

/** Indices of the rows to take, in order. Rows are in offset order. */
export function freshRows(
  offsets: ArrayLike<number>,
  rawOffsets: ArrayLike<number>,
  taken: TakenUpTo,
  rules: Pick<SeamRules, 'isFresh'> = SEAM_RULES,
): number[] {
  const fresh: number[] = [];
  let high = taken.rawOffset;
  for (let i = 0; i < offsets.length; i++) {
    if (offsets[i]! <= taken.offset) continue;
    const rawOffset = rawOffsets[i]!;
    if (!rules.isFresh(high, rawOffset)) continue;
    high = rawOffset;
    fresh.push(i);
  }
  return fresh;
}
