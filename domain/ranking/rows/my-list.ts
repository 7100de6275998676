/** My List: the profile's own, the newest first, finished titles among them; scored by place, negated. */
import { hasTitle } from '../types.ts';
import { ABOUT_NOTHING, type RowMaker } from './row.ts';

export const MY_LIST: RowMaker = {
  kind: 'my-list',
  isOwn: true,
  subjects: ({ profile }) => (profile.list.length > 0 ? ABOUT_NOTHING : []),
  fill({ profile, own, pool }) {
    profile.list.forEach((title, place) => {
      if (hasTitle(own, title)) pool.addScored(title, -place);
    });
  },
};
