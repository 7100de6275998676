/**
 * The titles of the highest scores, in no order: all whose score is at least that of the last of the wanted, by a histogram of
 * the scores' leading bits, since rows order what they take by more than one score. What is below the last of the best so far
 * costs one comparison.
 */
import { createScoreBins, LEAST_SCORE } from './score-bins.ts';
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
   * Looks at the scores of titles [from, to) that are of the set, by number. Scores that are not above 0, or not finite, are of
   * no title.
   */
  look(scores: Float32Array, from: number, to: number, among: TitleSet): void;
  /** Looks at the first `size` titles of a list, with scores by title number. */
  lookListed(listed: Uint32Array, size: number, scores: Float32Array): void;
  /** What is below this score is not among the best of those that were looked at. */
  readonly least: number;
  /**
   * Leaves `wanted` of the titles of the set that were looked at, or all there are; a few more where others are nearly as good,
   * at most twice as many, those that came first.
   */
  end(): void;
}

/** Titles that are looked at before what is known of the best is brought up to date. */
const STRETCH = 512;

/** For at most `most` wanted of `count` titles. */
export function createBestSearch(most: number, count: number): BestSearch {
  const titles = new Uint32Array(count);
  const kept = new Float32Array(count);
  const bins = createScoreBins();
  let size = 0;
  let limit = 0;
  let least = 0;

  const keep = (title: number, score: number): void => {
    bins.add(score);
    titles[size] = title;
    kept[size] = score;
    size += 1;
  };
  const bringUpToDate = (): void => {
    least = Math.max(LEAST_SCORE, bins.cutoff(limit));
  };

  return {
    titles,
    scores: kept,
    get size() {
      return size;
    },
    get least() {
      return least;
    },
    begin(wanted) {
      bins.clear();
      size = 0;
      limit = Math.min(wanted, most);
      least = LEAST_SCORE;
    },
    look(scores, from, to, among) {
      for (let start = from; start < to; start += STRETCH) {
        for (let title = start; title < Math.min(to, start + STRETCH); title++) {
          const score = scores[title]!;
          // NaN is not above anything.
          if (score >= least && score !== Infinity && hasTitle(among, title)) keep(title, score);
        }
        bringUpToDate();
      }
    },
    lookListed(listed, listedSize, scores) {
      for (let start = 0; start < listedSize; start += STRETCH) {
        for (let at = start; at < Math.min(listedSize, start + STRETCH); at++) {
          const score = scores[listed[at]!]!;
          if (score >= least && score !== Infinity) keep(listed[at]!, score);
        }
        bringUpToDate();
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
    cutoff: bins.cutoff,
  };
}
