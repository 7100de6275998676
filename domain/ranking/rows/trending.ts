/** Trending Now: what is played more than expected (domain/trending.ts), in an order of the profile's own. */
import { openOf } from '../frame.ts';
import { ABOUT_NOTHING, addPersonalParts, type RowMaker } from './row.ts';

export const TRENDING: RowMaker = {
  kind: 'trending',
  isOwn: false,
  subjects: () => ABOUT_NOTHING,
  fill(frame) {
    const { candidates, keeps_cap: keepsCap, surprise, popularity } = frame.policy.rows.trending;
    frame.pool.addListed(frame.request.lists.trending, openOf(frame, keepsCap), candidates);
    frame.pool.addPart('surprise', surprise, frame.columns.surprise);
    if (popularity !== 0) frame.pool.addPart('popularity', popularity, frame.columns.popularity);
    addPersonalParts(frame, 'trending');
  },
};
