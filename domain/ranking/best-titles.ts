/**
 * The titles of the highest scores, in no order: all whose score is at least that of the last of the wanted, by a histogram of
 * the scores' leading bits, since rows order what they take by more than one score. What is below the last of the best so far
 * costs one comparison.
 */
import { hasTitle, type TitleSet } from './types.ts';

export interface BestFound {
  /** The first `size`. */
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
  readonly size: number;
  /** The score from which on about so many of the best are, at most as many as were wanted; 0 where fewer were found. */
  cutoff(wanted: number): number;
}

/** To be begun, given scores in as many steps as there are, and ended. Allocates nothing but views. */
export interface BestSearch extends BestFound {
  begin(wanted: number): void;
  /**
   * Looks at the scores at places [from, to): of the titles of `order`, place by place, or of titles by number without it. Scores
   * that are not above 0, or not finite, are of no title.
   */
  look(scores: Float32Array, from: number, to: number, among: TitleSet, order?: Uint32Array): void;
  /**
   * Leaves `wanted` of the titles of the set that were looked at, or all there are; a few more where others are nearly as good,
   * at most twice as many, those that came first.
   */
  end(): void;
}

/** Sign, exponent and five bits of the mantissa: bins 3 % wide. Floats above 0 are in the order of their bits. */
const SHIFT = 18;
const BINS = 1 << (31 - SHIFT);
/** Titles that are looked at before what is known of the best is brought up to date. */
const STRETCH = 512;

/** For at most `most` wanted of `count` titles. */
export function createBestSearch(most: number, count: number): BestSearch {
  const titles = new Uint32Array(count);
  const kept = new Float32Array(count);
  const bins = new Uint32Array(BINS);
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  let highest = 0;
  let size = 0;
  let limit = 0;
  let least = 0;

  /** The lowest bin of the best `wanted`; 1, the lowest of all, where there are fewer. */
  const binOf = (wanted: number): number => {
    let found = 0;
    let bin = highest;
    while (bin > 0 && found < wanted) found += bins[bin--]!;
    return found < wanted ? 1 : bin + 1;
  };
  const startOf = (bin: number): number => {
    bits[0] = bin << SHIFT;
    return float[0]!;
  };
  const lookAt = (
    scores: Float32Array,
    from: number,
    to: number,
    among: TitleSet,
    order: Uint32Array | undefined,
  ): void => {
    for (let at = from; at < to; at++) {
      const score = scores[at]!;
      // NaN is not above anything.
      if (!(score >= least) || score === Infinity) continue;
      const title = order === undefined ? at : order[at]!;
      if (!hasTitle(among, title)) continue;
      float[0] = score;
      const bin = bits[0]! >> SHIFT;
      bins[bin]! += 1;
      if (bin > highest) highest = bin;
      titles[size] = title;
      kept[size] = score;
      size += 1;
    }
  };

  return {
    titles,
    scores: kept,
    get size() {
      return size;
    },
    begin(wanted) {
      bins.fill(0, 0, highest + 1);
      highest = 0;
      size = 0;
      limit = Math.min(wanted, most);
      least = startOf(1);
    },
    look(scores, from, to, among, order) {
      for (let at = from; at < to; at += STRETCH) {
        lookAt(scores, at, Math.min(to, at + STRETCH), among, order);
        least = startOf(binOf(limit));
      }
    },
    end() {
      const found = size;
      size = 0;
      for (let at = 0; at < found && size < 2 * most; at++) {
        if (kept[at]! < least) continue;
        titles[size] = titles[at]!;
        kept[size] = kept[at]!;
        size += 1;
      }
    },
    cutoff(wanted) {
      const bin = binOf(wanted);
      return bin > 1 ? startOf(bin) : 0;
    },
  };
}
