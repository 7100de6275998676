/**
 * Which genres a profile watches more than the catalogue has of them, in standard deviations of a binomial count: with W the
 * weight of its plays, W_g of those of genre g, p_g the share of titles that are of it and s what few plays are held back by,
 *
 *   (W_g − W p_g) / √((W + s) p_g (1 − p_g))
 *
 * so that a genre that everything is of says little, and one play does not say much.
 */
import type { History } from './history.ts';
import type { TitleTable } from './types.ts';

export interface GenreTaste {
  /** By genre number, as last read; all 0 for an empty history. */
  readonly lifts: Float64Array;
  /** Genres of what was watched, as far as `lifts` is above 0. */
  readonly isKnown: boolean;
  read(history: History, strength: number): void;
  /** Writes the mean lift of each title's genres; says false, and writes nothing, where no genre is known. */
  score(scores: Float32Array): boolean;
}

/** Keeps a share from 0 and from 1, where no count has a deviation. */
const LEAST_SHARE = 1e-6;

export function createGenreTaste({ count, genres, genreStarts, genreOf }: TitleTable): GenreTaste {
  const shares = new Float64Array(genres.length);
  for (const genre of genreOf) shares[genre]! += 1 / count;
  const lifts = new Float64Array(genres.length);
  let isKnown = false;
  return {
    lifts,
    get isKnown() {
      return isKnown;
    },
    read({ size, titles, weights }, strength) {
      lifts.fill(0);
      isKnown = false;
      let whole = 0;
      for (let entry = 0; entry < size; entry++) {
        const title = titles[entry]!;
        whole += weights[entry]!;
        for (let at = genreStarts[title]!; at < genreStarts[title + 1]!; at++)
          lifts[genreOf[at]!]! += weights[entry]!;
      }
      if (!(whole > 0)) return;
      for (let genre = 0; genre < lifts.length; genre++) {
        const share = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, shares[genre]!));
        const deviation = Math.sqrt((whole + strength) * share * (1 - share));
        lifts[genre] = (lifts[genre]! - whole * share) / deviation;
        isKnown ||= lifts[genre]! > 0;
      }
    },
    score(scores) {
      if (!isKnown) return false;
      for (let title = 0; title < scores.length; title++)
        scores[title] = meanOfGenres({ genreStarts, genreOf }, lifts, title);
      return true;
    },
  };
}

/** The mean of what a title's genres have; 0 for one without genres. */
export function meanOfGenres(
  { genreStarts, genreOf }: Pick<TitleTable, 'genreStarts' | 'genreOf'>,
  ofGenres: ArrayLike<number>,
  title: number,
): number {
  const from = genreStarts[title]!;
  const to = genreStarts[title + 1]!;
  let sum = 0;
  for (let at = from; at < to; at++) sum += ofGenres[genreOf[at]!]!;
  return to > from ? sum / (to - from) : 0;
}
