/**
 * The best of a pool, best first, each next one the best after what it loses for being like those before it: maximal marginal
 * relevance (Carbonell & Goldstein, SIGIR 1998) with the genres that two titles share as their likeness. A title loses
 *
 *   diversity · mean over its genres of (titles of that genre so far) / (titles of the row)
 *
 * which only grows along the row, so that scores fall along it. Only as many of the pool are looked at as can matter.
 */
import { MOST_CANDIDATES, type Pool } from './pool.ts';
import type { RankedList, TitleTable } from './types.ts';

export interface Picked extends RankedList {
  /** Places in the pool, by rank, until the next row is picked. */
  readonly places: Uint32Array;
  /** What each lost, by rank, until the next row is picked. */
  readonly losses: Float32Array;
}

export interface Picker {
  /** Titles and scores are the caller's to keep. Of equal scores the lower number is the better. */
  pick(pool: Pool, limit: number, diversity: number): Picked;
  /** What a title would lose as the next one of the row picked last. */
  lossOf(title: number): number;
}

/** How many more than are picked are looked at, at first. */
const SPARE = 20;

export function createPicker({ genres, genreStarts, genreOf }: TitleTable): Picker {
  let window = new Uint32Array(128);
  const places = new Uint32Array(MOST_CANDIDATES);
  const losses = new Float32Array(MOST_CANDIDATES);
  const counts = new Uint32Array(genres.length);
  let perCount = 0;

  /** The best `wanted` places of the pool, best first. */
  const sortBest = ({ size, scores, titles }: Pool, wanted: number): number => {
    if (window.length < wanted) window = new Uint32Array(2 * wanted);
    let kept = 0;
    for (let place = 0; place < size; place++) {
      const score = scores[place]!;
      const title = titles[place]!;
      if (kept === wanted && !isBetter(score, title, scores, titles, window[kept - 1]!)) continue;
      let at = kept < wanted ? kept++ : kept - 1;
      for (; at > 0 && isBetter(score, title, scores, titles, window[at - 1]!); at--)
        window[at] = window[at - 1]!;
      window[at] = place;
    }
    return kept;
  };

  const lossOf = (title: number): number => {
    const from = genreStarts[title]!;
    const to = genreStarts[title + 1]!;
    let sum = 0;
    for (let at = from; at < to; at++) sum += counts[genreOf[at]!]!;
    return to > from ? (perCount * sum) / (to - from) : 0;
  };

  const take = (pool: Pool, place: number, rank: number, loss: number, into: Picked): void => {
    const title = pool.titles[place]!;
    into.titles[rank] = title;
    into.scores[rank] = pool.scores[place]! - loss;
    into.places[rank] = place;
    into.losses[rank] = loss;
    for (let at = genreStarts[title]!; at < genreStarts[title + 1]!; at++) counts[genreOf[at]!]! += 1;
  };

  /** Says whether what lies outside the window could not have been picked. */
  const pickFrom = (pool: Pool, kept: number, limit: number, into: Picked): boolean => {
    counts.fill(0);
    const isWhole = kept === pool.size;
    const least = pool.scores[window[kept - 1]!]!;
    for (let rank = 0; rank < limit; rank++) {
      let best = -1;
      let bestScore = -Infinity;
      let bestLoss = 0;
      for (let at = 0; at < kept; at++) {
        const place = window[at]!;
        if (place === TAKEN) continue;
        const score = pool.scores[place]!;
        // Those that follow have no more, and can only lose.
        if (score <= bestScore) break;
        const loss = lossOf(pool.titles[place]!);
        if (score - loss > bestScore) {
          best = at;
          bestScore = score - loss;
          bestLoss = loss;
        }
      }
      if (!isWhole && bestScore < least) return false;
      take(pool, window[best]!, rank, bestLoss, into);
      window[best] = TAKEN;
    }
    return true;
  };

  return {
    lossOf,
    pick(pool, limit, diversity) {
      const length = Math.min(limit, pool.size);
      perCount = diversity / Math.max(1, length);
      const into = { titles: new Uint32Array(length), scores: new Float32Array(length), places, losses };
      if (length === 0) return into;
      for (let wanted = diversity > 0 ? length + SPARE : length; ; wanted *= 2) {
        const kept = sortBest(pool, Math.min(wanted, pool.size));
        if (pickFrom(pool, kept, length, into)) return into;
      }
    },
  };
}

const TAKEN = 0xff_ff_ff_ff;

const isBetter = (
  score: number,
  title: number,
  scores: Float32Array,
  titles: Uint32Array,
  than: number,
): boolean => score > scores[than]! || (score === scores[than]! && title < titles[than]!);
