/**
 * The best of many scores, in order, where a good part of them is wanted: a heap (domain/scores.ts) moves each through as many
 * levels as it has, whereas here those that can be among them are found by their leading bits and sorted as numbers.
 */
import { hasTitle, type RankedList, type TitleSet } from './ranking/types.ts';

export interface SortedBest {
  /**
   * The best `limit` of a set, the caller's to keep. Of equal scores the lower number is the better; NaN and −∞ are never
   * among them.
   */
  select(scores: Float32Array, among: TitleSet): RankedList;
}

/** A key is 32 bits of a score and as many of a title as a whole number of 53 bits has room for. */
const TITLE_BITS = 21;
export const MOST_SORTED = 2 ** TITLE_BITS;
const BIN_SHIFT = 20;
const BINS = 1 << (32 - BIN_SHIFT);

/** Of at most `MOST_SORTED` titles. */
export function createSortedBest(limit: number, count: number): SortedBest {
  if (count > MOST_SORTED) throw new RangeError(`${count} titles are more than ${MOST_SORTED}`);
  const ranks = new Uint32Array(count);
  const titles = new Uint32Array(count);
  const keys = new Float64Array(count);
  const bins = new Uint32Array(BINS);
  const float = new Float32Array(1);
  const bits = new Int32Array(float.buffer);

  /** Whole numbers in the order of the scores; says how many there are. */
  const rank = (scores: Float32Array, among: TitleSet): number => {
    let size = 0;
    bins.fill(0);
    for (let title = 0; title < count; title++) {
      const score = scores[title]!;
      // NaN is not above anything.
      if (!(score > -Infinity) || !hasTitle(among, title)) continue;
      // Without the sign of 0.
      float[0] = score + 0;
      const raw = bits[0]!;
      const order = raw < 0 ? ~raw >>> 0 : (raw | 0x8000_0000) >>> 0;
      ranks[size] = order;
      titles[size] = title;
      bins[order >>> BIN_SHIFT]! += 1;
      size += 1;
    }
    return size;
  };

  return {
    select(scores, among) {
      const size = rank(scores, among);
      let least = BINS;
      for (let above = 0; least > 0 && above < limit;) above += bins[--least]!;
      let kept = 0;
      for (let at = 0; at < size; at++)
        if (ranks[at]! >>> BIN_SHIFT >= least)
          keys[kept++] = ranks[at]! * MOST_SORTED + (MOST_SORTED - 1 - titles[at]!);
      keys.subarray(0, kept).sort();
      const length = Math.min(limit, kept);
      const found = { titles: new Uint32Array(length), scores: new Float32Array(length) };
      for (let at = 0; at < length; at++) {
        const title = MOST_SORTED - 1 - (keys[kept - 1 - at]! % MOST_SORTED);
        found.titles[at] = title;
        found.scores[at] = scores[title]!;
      }
      return found;
    },
  };
}
