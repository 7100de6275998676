/** Orders of a table's titles that no request changes, made once for a snapshot. */
import type { InSlices } from '../in-slices.ts';
import type { TitleTable } from './types.ts';

export interface TitleOrders {
  /** Titles with a known launch, the newest first; of equal ones the lower number. */
  readonly byLaunch: Uint32Array;
  /** Titles whose coming to the service is known, the newest first. */
  readonly byAdded: Uint32Array;
  /** Titles of genre g, by number: `titlesOfGenre[genreStarts[g] .. genreStarts[g + 1])`. */
  readonly genreStarts: Uint32Array;
  readonly titlesOfGenre: Uint32Array;
}

const made = new WeakMap<TitleTable, TitleOrders>();

/** Of one table they are made once: a model that comes changes none of them. */
export function* titleOrdersInSlices(table: TitleTable): InSlices<TitleOrders> {
  let orders = made.get(table);
  if (orders !== undefined) return orders;
  const byLaunch = newestFirst(table.launchedAt);
  yield;
  const byAdded = newestFirst(table.addedAt);
  yield;
  orders = { byLaunch, byAdded, ...titlesByGenre(table) };
  made.set(table, orders);
  return orders;
}

function newestFirst(times: Float64Array): Uint32Array {
  const known = Uint32Array.from(times.keys()).filter((title) => Number.isFinite(times[title]!));
  return known.sort((a, b) => times[b]! - times[a]! || a - b);
}

function titlesByGenre({ count, genres, genreStarts: starts, genreOf }: TitleTable) {
  const genreStarts = new Uint32Array(genres.length + 1);
  for (const genre of genreOf) genreStarts[genre + 1]! += 1;
  for (let genre = 0; genre < genres.length; genre++) genreStarts[genre + 1]! += genreStarts[genre]!;
  const next = genreStarts.slice();
  const titlesOfGenre = new Uint32Array(genreOf.length);
  for (let title = 0; title < count; title++)
    for (let at = starts[title]!; at < starts[title + 1]!; at++) titlesOfGenre[next[genreOf[at]!]!++] = title;
  return { genreStarts, titlesOfGenre };
}

/** Whether a title is of a genre. */
export function isOfGenre({ genreStarts, genreOf }: TitleTable, title: number, genre: number): boolean {
  for (let at = genreStarts[title]!; at < genreStarts[title + 1]!; at++)
    if (genreOf[at] === genre) return true;
  return false;
}
