/** Recently Added: what came to the service of late, whenever it was launched, by age, by how it does so far and by taste. */
import { openOf } from '../frame.ts';
import { addFreshness, addNewest } from './newest.ts';
import { ABOUT_NOTHING, addPersonalParts, addTakeRate, type RowMaker } from './row.ts';

export const RECENTLY_ADDED: RowMaker = {
  kind: 'recently-added',
  isOwn: false,
  subjects: () => ABOUT_NOTHING,
  fill(frame) {
    const policy = frame.policy.rows['recently-added'];
    const { addedAt } = frame.titles;
    addNewest(frame, frame.orders.byAdded, addedAt, openOf(frame, policy.keeps_cap), policy);
    addTakeRate(frame, 'recently-added');
    addFreshness(frame, 'recently-added', addedAt);
    addPersonalParts(frame, 'recently-added');
  },
};
