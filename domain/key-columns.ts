/** By which column rows of a view are asked for, for those that can be read by key. */
import type { ViewName } from './views.ts';

const KEY_COLUMNS: Readonly<Record<string, string>> = {
  catalogue: 'title_id',
  'item-factors': 'title_id',
  'item-weights': 'title_id',
  neighbours: 'title_id',
  popularity: 'title_id',
  'profile-rows': 'profile_id',
};

/** Undefined for a view whose rows nobody asks for by key. Parts without that column have no rows for any. */
export const keyColumnOf = (view: ViewName): string | undefined => KEY_COLUMNS[view];
