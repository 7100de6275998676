/**
 * Rows of one genre: those that the profile watches more than the catalogue has of them, and where that says nothing, those
 * of what is popular; at hours and on devices where a genre is watched more, it is chosen more, as far as the policy goes.
 */
import { addFromList, openOf, type Frame } from '../frame.ts';
import { isOfGenre } from '../title-orders.ts';
import { hasTitle } from '../types.ts';
import { addPersonalParts, type RowMaker } from './row.ts';

export const GENRE: RowMaker = {
  kind: 'genre',
  isOwn: false,
  subjects(frame, count) {
    const { titles, taste, request, policy, columns } = frame;
    const { genreLifts } = request.lists;
    const scores = titles.genres.map((_, genre) => {
      const inContext = policy.page.genre_context * (genreLifts?.[genre] ?? 0);
      return taste.genres.lifts[genre]! + (Number.isFinite(inContext) ? inContext : 0);
    });
    const sizes = titles.genres.map((_, genre) => columns.popularOf(genre).length);
    return scores
      .map((_, genre) => genre)
      .sort((a, b) => scores[b]! - scores[a]! || sizes[b]! - sizes[a]! || a - b)
      .slice(0, count);
  },
  fill(frame, subject) {
    if (subject < 0 || subject >= frame.titles.genres.length) return;
    const { candidates, keeps_cap: keepsCap, popularity } = frame.policy.rows.genre;
    const { pool, columns } = frame;
    addBest(frame, subject);
    const from = openOf(frame, keepsCap);
    if (pool.size < candidates) addFromList(frame, { titles: columns.popularOf(subject) }, from, candidates);
    if (pool.size < candidates) addFromList(frame, { titles: ofGenre(frame, subject) }, from, candidates);
    addPersonalParts(frame, 'genre');
    // Without a taste something has to order the row.
    const isPlain = frame.taste.source === 'none' && popularity === 0;
    pool.addPart('popularity', isPlain ? 1 : popularity, columns.popularity);
  },
};

/** Those of the genre among the best of all by taste, which are then the best of the genre. */
function addBest(frame: Frame, genre: number): void {
  if (frame.taste.source === 'none') return;
  const { pool, titles } = frame;
  const from = openOf(frame, frame.policy.rows.genre.keeps_cap);
  const best = frame.bestByTaste();
  for (let i = 0; i < best.size; i++) {
    const title = best.titles[i]!;
    if (hasTitle(from, title) && isOfGenre(titles, title, genre)) pool.add(title);
  }
}

const ofGenre = ({ orders: { genreStarts, titlesOfGenre } }: Frame, genre: number): Uint32Array =>
  titlesOfGenre.subarray(genreStarts[genre], genreStarts[genre + 1]);
