/** New Releases: what was launched of late, by age, by how it does so far and by taste. */
import { openOf } from '../frame.ts';
import { addFreshness, addNewest } from './newest.ts';
import { ABOUT_NOTHING, addPersonalParts, addTakeRate, type RowMaker } from './row.ts';

export const NEW_RELEASES: RowMaker = {
  kind: 'new-releases',
  isOwn: false,
  subjects: () => ABOUT_NOTHING,
  fill(frame) {
    const policy = frame.policy.rows['new-releases'];
    const { launchedAt } = frame.titles;
    addNewest(frame, frame.orders.byLaunch, launchedAt, openOf(frame, policy.keeps_cap), policy);
    addTakeRate(frame, 'new-releases');
    addFreshness(frame, 'new-releases', launchedAt);
    addPersonalParts(frame, 'new-releases');
  },
};
