/**
 * Rows of one genre: those that the profile watches more than the catalogue has of them, and where that says nothing, those
 * of what is popular; at hours and on devices where a genre is watched more, it is chosen more, as far as the policy goes.
 */
import { openOf, type Frame } from '../frame.ts';
import { hasTitle } from '../types.ts';
import { addPersonalParts, type RowMaker } from './row.ts';

export const GENRE: RowMaker = {
  kind: 'genre',
  isOwn: false,
  subjects(frame, count) {
    const { titles, taste, request, policy, columns } = frame;
    const { genreLifts } = request.context;
    const { lifts } = taste.genres;
    const share = policy.page.genre_context;
    const scoreOf = (genre: number): number => {
      const inContext = share * (genreLifts?.[genre] ?? 0);
      return lifts[genre]! + (Number.isFinite(inContext) ? inContext : 0);
    };
    // Few of them are wanted: the best so far, the best first.
    const best: number[] = [];
    const scores: number[] = [];
    for (let genre = 0; genre < titles.genres.length; genre++) {
      const score = scoreOf(genre);
      let at = best.length;
      for (; at > 0; at--) {
        const beside = score - scores[at - 1]! || sizeOf(columns, genre) - sizeOf(columns, best[at - 1]!);
        if (!(beside > 0)) break;
      }
      if (at >= count) continue;
      best.splice(at, 0, genre);
      scores.splice(at, 0, score);
      if (best.length > count) best.length = scores.length = count;
    }
    return best;
  },
  fill(frame, subject) {
    if (subject < 0 || subject >= frame.titles.genres.length) return;
    const { candidates, keeps_cap: keepsCap, popularity } = frame.policy.rows.genre;
    const { pool, columns } = frame;
    addBest(frame, subject);
    const from = openOf(frame, keepsCap);
    if (pool.size < candidates) pool.addListed({ titles: columns.popularOf(subject) }, from, candidates);
    if (pool.size < candidates) pool.addListed({ titles: ofGenre(frame, subject) }, from, candidates);
    addPersonalParts(frame, 'genre');
    // Without a taste something has to order the row.
    const isPlain = frame.taste.source === 'none' && popularity === 0;
    pool.addPart('popularity', isPlain ? 1 : popularity, columns.popularity);
  },
};

/** Those of the genre among the best of all by taste, which are then the best of the genre. */
function addBest(frame: Frame, genre: number): void {
  if (frame.taste.source === 'none') return;
  const { pool } = frame;
  const from = openOf(frame, frame.policy.rows.genre.keeps_cap);
  const { titles, from: first, to } = frame.bestOfGenre(genre);
  for (let at = first; at < to; at++) if (hasTitle(from, titles[at]!)) pool.add(titles[at]!);
}

const sizeOf = (columns: Frame['columns'], genre: number): number => columns.popularOf(genre).length;

const ofGenre = ({ orders: { genreStarts, titlesOfGenre } }: Frame, genre: number): Uint32Array =>
  titlesOfGenre.subarray(genreStarts[genre], genreStarts[genre + 1]);
