/** Every kind of row. */
import type { RowKind } from '../types.ts';
import { BECAUSE_YOU_WATCHED } from './because-you-watched.ts';
import { BILLBOARD } from './billboard.ts';
import { CONTINUE_WATCHING } from './continue-watching.ts';
import { GENRE } from './genre.ts';
import { MY_LIST } from './my-list.ts';
import { NEW_RELEASES, RECENTLY_ADDED } from './newest.ts';
import { POPULAR } from './popular.ts';
import type { RowMaker } from './row.ts';
import { TOP_PICKS } from './top-picks.ts';
import { TRENDING } from './trending.ts';

export const ROW_MAKERS: Readonly<Record<RowKind, RowMaker>> = {
  billboard: BILLBOARD,
  trending: TRENDING,
  'top-picks': TOP_PICKS,
  'my-list': MY_LIST,
  genre: GENRE,
  'because-you-watched': BECAUSE_YOU_WATCHED,
  'continue-watching': CONTINUE_WATCHING,
  'new-releases': NEW_RELEASES,
  'recently-added': RECENTLY_ADDED,
  popular: POPULAR,
};
