/** The billboard: of what trends and what is new, what is most to the profile's taste. */
import { openOf } from '../frame.ts';
import { addNewest, addFreshness } from './newest.ts';
import { ABOUT_NOTHING, addPersonalParts, type RowMaker } from './row.ts';

export const BILLBOARD: RowMaker = {
  kind: 'billboard',
  isOwn: false,
  subjects: () => ABOUT_NOTHING,
  fill(frame) {
    const policy = frame.policy.rows.billboard;
    const { orders, titles, request, pool, columns } = frame;
    const from = openOf(frame, policy.keeps_cap);
    pool.addListed(request.lists.trending, from, Math.ceil(policy.candidates / 2));
    const window = policy.window_days > 0 ? policy : frame.policy.rows['new-releases'];
    addNewest(frame, orders.byLaunch, titles.launchedAt, from, {
      ...policy,
      window_days: window.window_days,
    });
    if (pool.size === 0) pool.addListed(request.lists.popular, from, policy.candidates);
    pool.addPart('surprise', policy.surprise, columns.surprise);
    if (policy.popularity !== 0) pool.addPart('popularity', policy.popularity, columns.popularity);
    addFreshness(frame, 'billboard', titles.launchedAt);
    addPersonalParts(frame, 'billboard');
  },
};
