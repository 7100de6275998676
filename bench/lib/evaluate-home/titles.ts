/** A data set's titles on numbers, as serving numbers its catalogue. */
import { titleId } from '../../../domain/ids.ts';
import type { TitleTable } from '../../../domain/ranking/types.ts';
import { compareTexts } from '../../../domain/text-order.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';

/** By the byte order of their ids. Of launches only the year is known: its first day. */
export function titleTableOf({ titles }: Pick<DataSet, 'titles'>): TitleTable {
  const ordered = titles.toSorted((a, b) => compareTexts(a.titleId, b.titleId));
  const numbers = new Map(ordered.map((title, number) => [title.titleId, number]));
  const genres = [...new Set(ordered.flatMap((title) => title.genres))].sort(compareTexts);
  const genreNumbers = new Map(genres.map((genre, number) => [genre, number]));
  const genreStarts = new Uint32Array(ordered.length + 1);
  ordered.forEach((title, number) => (genreStarts[number + 1] = genreStarts[number]! + title.genres.length));
  return {
    count: ordered.length,
    ids: ordered.map((title) => titleId(title.titleId)),
    numberOf: (title) => numbers.get(title) ?? -1,
    genres,
    genreStarts,
    genreOf: Uint16Array.from(
      ordered.flatMap((title) => title.genres),
      (genre) => genreNumbers.get(genre)!,
    ),
    launchedAt: Float64Array.from(ordered, ({ year }) => (year === null ? NaN : Date.UTC(year, 0, 1))),
    addedAt: new Float64Array(ordered.length).fill(NaN),
  };
}
