/**
 * How high the best of many scores are, by a histogram of their leading bits: bins 3 % wide. Scores above 0 alone are counted;
 * floats above 0 are in the order of their bits.
 */
export interface ScoreBins {
  clear(): void;
  /** Counts a finite score above 0. */
  add(score: number): void;
  /** The least score of the bin in which the `wanted`-th best is; 0 where there are fewer. */
  cutoff(wanted: number): number;
}

/** Sign, exponent and five bits of the mantissa. */
const SHIFT = 18;
const BINS = 1 << (31 - SHIFT);

/** The least score that is counted apart from 0. */
export const LEAST_SCORE = new Float32Array(Int32Array.of(1 << SHIFT).buffer)[0]!;

export function createScoreBins(): ScoreBins {
  const bins = new Uint32Array(BINS);
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  let highest = 0;

  return {
    clear() {
      bins.fill(0, 0, highest + 1);
      highest = 0;
    },
    add(score) {
      float[0] = score;
      const bin = bits[0]! >> SHIFT;
      bins[bin]! += 1;
      if (bin > highest) highest = bin;
    },
    cutoff(wanted) {
      let found = 0;
      let bin = highest;
      while (bin > 0 && found < wanted) found += bins[bin--]!;
      if (found < wanted || bin < 1) return 0;
      bits[0] = (bin + 1) << SHIFT;
      return float[0]!;
    },
  };
}
