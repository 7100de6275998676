/** Popular in your country: by plays; where few were played, the rest of the catalogue in its order. */
import { openOf } from '../frame.ts';
import { hasTitle } from '../types.ts';
import { ABOUT_NOTHING, addPersonalParts, type RowMaker } from './row.ts';

export const POPULAR: RowMaker = {
  kind: 'popular',
  isOwn: false,
  subjects: () => ABOUT_NOTHING,
  fill(frame) {
    const { candidates, keeps_cap: keepsCap, popularity } = frame.policy.rows.popular;
    const { pool, titles, request, columns } = frame;
    const from = openOf(frame, keepsCap);
    const wanted = Math.max(candidates, request.limit);
    pool.addListed(request.lists.popular, from, wanted);
    for (let title = 0; title < titles.count && pool.size < wanted; title++)
      if (hasTitle(from, title)) pool.add(title);
    pool.addPart('popularity', popularity, columns.popularity);
    addPersonalParts(frame, 'popular');
  },
};
