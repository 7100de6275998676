/**
 * The best of a pool, best first, each next one the best after what it loses for being like those before it: maximal marginal
 * relevance (Carbonell & Goldstein, SIGIR 1998) with the genres that two titles share as their likeness. A title loses
 *
 *   diversity · mean over its genres of (titles of that genre so far) / (titles of the row)
 *
 * which only grows along the row, so that scores fall along it. Only as many of the pool are looked at as can matter.
 */
import { cutFloat32, cutUint32 } from '../cut-arrays.ts';
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
  let windowScores = new Float32Array(128);
  const places = new Uint32Array(MOST_CANDIDATES);
  const losses = new Float32Array(MOST_CANDIDATES);
  const counts = new Uint32Array(genres.length);
  let perCount = 0;

  /** The best `wanted` places of the pool, best first. */
  const sortBest = ({ size, scores, titles }: Pool, wanted: number): number => {
    if (window.length < wanted) {
      window = new Uint32Array(2 * wanted);
      windowScores = new Float32Array(2 * wanted);
    }
    let kept = 0;
    for (let place = 0; place < size; place++) {
      const score = scores[place]!;
      const title = titles[place]!;
      let at = kept;
      if (kept < wanted) kept += 1;
      else {
        at -= 1;
        const last = windowScores[at]!;
        if (score < last || (score === last && title > titles[window[at]!]!)) continue;
      }
      for (; at > 0; at--) {
        const before = windowScores[at - 1]!;
        if (score < before || (score === before && title > titles[window[at - 1]!]!)) break;
        window[at] = window[at - 1]!;
        windowScores[at] = before;
      }
      window[at] = place;
      windowScores[at] = score;
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
    const least = windowScores[kept - 1]!;
    let first = 0;
    for (let rank = 0; rank < limit; rank++) {
      while (window[first] === TAKEN) first += 1;
      let best = -1;
      let bestScore = -Infinity;
      let bestLoss = 0;
      for (let at = first; at < kept; at++) {
        const score = windowScores[at]!;
        // Those that follow have no more, and can only lose.
        if (score <= bestScore) break;
        const place = window[at]!;
        if (place === TAKEN) continue;
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
      const into = { titles: cutUint32(length), scores: cutFloat32(length), places, losses };
      if (length === 0) return into;
      for (let wanted = diversity > 0 ? length + SPARE : length; ; wanted *= 2) {
        const kept = sortBest(pool, Math.min(wanted, pool.size));
        if (pickFrom(pool, kept, length, into)) return into;
      }
    },
  };
}

const TAKEN = 0xff_ff_ff_ff;
