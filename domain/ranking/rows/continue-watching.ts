/** Continue Watching: what was begun and neither finished nor given up, the newest first; scored by hours since, negated. */
import { HOUR_MS } from '../../time.ts';
import { hasTitle, type WatchStatus } from '../types.ts';
import { ABOUT_NOTHING, type RowMaker } from './row.ts';

export const isUnderWay = (status: WatchStatus): boolean => status === 'open' || status === 'stopped';

export const CONTINUE_WATCHING: RowMaker = {
  kind: 'continue-watching',
  isOwn: true,
  subjects: ({ profile }) => (profile.watched.some(({ status }) => isUnderWay(status)) ? ABOUT_NOTHING : []),
  fill({ profile, own, pool, request }) {
    for (const { title, status, at } of profile.watched)
      if (isUnderWay(status) && hasTitle(own, title))
        pool.addScored(title, (at - request.context.now) / HOUR_MS);
  },
};
