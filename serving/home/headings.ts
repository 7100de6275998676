/** What people read above a row. */
import type { RankedRow, RowKind } from '../../domain/ranking/types.ts';
import type { NumberedTitles } from '../library/titles.ts';

const HEADINGS: Readonly<Record<Exclude<RowKind, 'genre' | 'because-you-watched'>, string>> = {
  billboard: 'Today',
  trending: 'Trending Now',
  'top-picks': 'Top Picks for You',
  'my-list': 'My List',
  'continue-watching': 'Continue Watching',
  'new-releases': 'New Releases',
  'recently-added': 'Recently Added',
  popular: 'Popular in Your Country',
};

export function headingOf(
  { kind, subject }: Pick<RankedRow, 'kind' | 'subject'>,
  titles: NumberedTitles,
): string {
  switch (kind) {
    case 'genre':
      return titles.genres[subject] ?? 'Genre';
    case 'because-you-watched': {
      const name = titles.entries[subject]?.name;
      return name === undefined ? 'Because You Watched' : `Because You Watched ${name}`;
    }
    default:
      return HEADINGS[kind];
  }
}
