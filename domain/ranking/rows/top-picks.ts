/** Top Picks for You: what is most to the profile's taste of all titles. Nobody of whom nothing is known has any. */
import { openOf } from '../frame.ts';
import { ABOUT_NOTHING, addPersonalParts, type RowMaker } from './row.ts';

export const TOP_PICKS: RowMaker = {
  kind: 'top-picks',
  isOwn: false,
  subjects: (frame) => (frame.taste.source === 'none' ? [] : ABOUT_NOTHING),
  fill(frame) {
    if (frame.taste.source === 'none') return;
    const { candidates, keeps_cap: keepsCap, surprise, popularity } = frame.policy.rows['top-picks'];
    const { pool, columns } = frame;
    const best = frame.bestByTaste();
    const from = openOf(frame, keepsCap);
    pool.addBest(best, best.cutoff(candidates), from);
    addPersonalParts(frame, 'top-picks');
    if (popularity !== 0) pool.addPart('popularity', popularity, columns.popularity);
    if (surprise !== 0) pool.addPart('surprise', surprise, columns.surprise);
  },
};
