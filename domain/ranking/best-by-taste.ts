/**
 * The titles that are most to a profile's taste, in no order: all whose score is at least that of the last of the wanted, by a
 * histogram of the scores' leading bits, since rows order what they take by more than taste.
 */
import { hasTitle, type TitleSet } from './types.ts';

export interface BestByTaste {
  /** Rising; the first `size`. */
  readonly titles: Uint32Array;
  readonly size: number;
  /**
   * Finds `wanted` titles of the set with scores above 0, or all there are; a few more where others are nearly as good, at most
   * twice as many, the lower numbers first. Allocates nothing.
   */
  find(scores: Float32Array, among: TitleSet, wanted: number): void;
  /** The score from which on about so many of those found are; 0 where fewer were found. */
  cutoff(wanted: number): number;
}

/** Sign, exponent and five bits of the mantissa: bins 3 % wide. Floats above 0 are in the order of their bits. */
const SHIFT = 18;
const BINS = 1 << (31 - SHIFT);

export function createBestByTaste(most: number): BestByTaste {
  const titles = new Uint32Array(2 * most);
  const counts = new Uint32Array(BINS);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  let highest = 0;
  let size = 0;

  const binOf = (wanted: number): number => {
    let found = 0;
    let bin = highest;
    while (bin > 0 && found < wanted) found += counts[bin--]!;
    return found < wanted ? 0 : bin + 1;
  };
  const startOf = (bin: number): number => {
    bits[0] = bin << SHIFT;
    return float[0]!;
  };

  return {
    titles,
    get size() {
      return size;
    },
    find(scores, among, wanted) {
      counts.fill(0);
      highest = 0;
      const asBits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
      for (let title = 0; title < scores.length; title++) {
        if (!(scores[title]! > 0) || !hasTitle(among, title)) continue;
        const bin = asBits[title]! >>> SHIFT;
        counts[bin]! += 1;
        if (bin > highest) highest = bin;
      }
      const least = startOf(binOf(Math.min(wanted, most)));
      size = 0;
      for (let title = 0; title < scores.length && size < titles.length; title++) {
        const score = scores[title]!;
        if (score > 0 && score >= least && hasTitle(among, title)) titles[size++] = title;
      }
    },
    cutoff: (wanted) => startOf(binOf(wanted)),
  };
}
