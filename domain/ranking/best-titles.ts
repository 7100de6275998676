/**
 * The titles of the highest scores, in no order: all whose score is at least that of the last of the wanted, by a histogram of
 * the scores' leading bits, since rows order what they take by more than one score.
 */
import { hasTitle, type TitleSet } from './types.ts';

export interface BestFound {
  /** The first `size`. */
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
  readonly size: number;
  /** The score from which on about so many of those found are; 0 where fewer were found. */
  cutoff(wanted: number): number;
}

/**
 * Scores are of the titles of `order`, place by place, or of titles by number without it. To be cleared, counted in as many
 * steps as there are, from place 0 on, and gathered at last. Allocates nothing but views.
 */
export interface BestSearch extends BestFound {
  clear(): void;
  /** Counts the titles of the set at places [from, to) with scores above 0. */
  count(scores: Float32Array, from: number, to: number, among: TitleSet, order?: Uint32Array): void;
  /**
   * Gathers `wanted` of the titles that were counted at places [0, to), or all there are; a few more where others are nearly as
   * good, at most twice as many, those that come first.
   */
  gather(scores: Float32Array, to: number, among: TitleSet, wanted: number, order?: Uint32Array): void;
}

/** Sign, exponent and five bits of the mantissa: bins 3 % wide. Floats above 0 are in the order of their bits. */
const SHIFT = 18;
const BINS = 1 << (31 - SHIFT);
/** The bin of infinity, and of what is no number. */
const INFINITE = 0x7f_80_00_00 >> SHIFT;

export function createBestSearch(most: number): BestSearch {
  const titles = new Uint32Array(2 * most);
  const kept = new Float32Array(2 * most);
  const bins = new Uint32Array(BINS);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  let highest = 0;
  let size = 0;

  /** The lowest bin of the best `wanted`; 0 where there are fewer. */
  const binOf = (wanted: number): number => {
    let found = 0;
    let bin = highest;
    while (bin > 0 && found < wanted) found += bins[bin--]!;
    return found < wanted ? 0 : bin + 1;
  };
  const startOf = (bin: number): number => {
    bits[0] = bin << SHIFT;
    return float[0]!;
  };

  return {
    titles,
    scores: kept,
    get size() {
      return size;
    },
    clear() {
      bins.fill(0);
      highest = 0;
      size = 0;
    },
    count(scores, from, to, among, order) {
      const asBits = new Int32Array(scores.buffer, scores.byteOffset, to);
      for (let at = from; at < to; at++) {
        const leading = asBits[at]! >> SHIFT;
        // Below 0 are the negative ones; NaN is above all floats.
        if (leading <= 0 || leading >= INFINITE) continue;
        if (!hasTitle(among, order === undefined ? at : order[at]!)) continue;
        bins[leading]! += 1;
        if (leading > highest) highest = leading;
      }
    },
    gather(scores, to, among, wanted, order) {
      const least = Math.max(startOf(1), startOf(binOf(Math.min(wanted, most))));
      size = 0;
      for (let at = 0; at < to && size < titles.length; at++) {
        const score = scores[at]!;
        if (!(score >= least) || score === Infinity) continue;
        const title = order === undefined ? at : order[at]!;
        if (!hasTitle(among, title)) continue;
        titles[size] = title;
        kept[size++] = score;
      }
    },
    cutoff: (wanted) => startOf(binOf(wanted)),
  };
}
