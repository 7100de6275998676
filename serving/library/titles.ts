/** The catalogue on numbers: films and series in its order, with the JSON that rows show of each. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogueEntry, Interval } from '../../domain/catalogue.ts';
import { hashText } from '../../domain/hash.ts';
import type { TitleId } from '../../domain/ids.ts';
import { shortHash } from '../../domain/memory/state.ts';
import { createHashedNumbers } from '../../domain/ranking/hashed-numbers.ts';
import type { TitleTable } from '../../domain/ranking/types.ts';
import type { Catalogue } from '../catalogue.ts';
import { boundariesOf, createAvailability, type Availability } from './availability.ts';

export interface NumberedTitles extends TitleTable {
  /** By number. */
  readonly entries: readonly CatalogueEntry[];
  /** By number: a JSON object without its closing brace. */
  readonly fragments: readonly string[];
  readonly availability: Availability;
  /** The same wherever the same titles have the same numbers. */
  readonly numbering: number;
}

/** Entries that are worked through between two turns of whoever else waits. */
const ENTRIES_A_TURN = 500;
/** Longest chain of parents that is followed. */
const MOST_PARENTS = 4;
const MOST_GENRES = 0xffff;

/** Numbers a catalogue, in slices: requests go on being answered meanwhile. */
export async function numberTitles(catalogue: Catalogue): Promise<NumberedTitles> {
  const all = catalogue.inOrder();
  const entries: CatalogueEntry[] = [];
  const numbers = new Map<TitleId, number>();
  for (const [at, entry] of all.entries()) {
    if (at % ENTRIES_A_TURN === 0) await nextTurn();
    if (entry.kind !== 'film' && entry.kind !== 'series') continue;
    numbers.set(entry.titleId, entries.length);
    entries.push(entry);
  }
  const count = entries.length;
  for (const [at, entry] of all.entries()) {
    if (at % ENTRIES_A_TURN === 0) await nextTurn();
    const number = entry.parentId === null ? undefined : rootNumber(catalogue, entry, numbers);
    if (number !== undefined) numbers.set(entry.titleId, number);
  }
  const genres = [...new Set(entries.flatMap((entry) => entry.genres))].sort().slice(0, MOST_GENRES);
  const genreNumbers = new Map(genres.map((genre, number) => [genre, number]));
  const genreStarts = new Uint32Array(count + 1);
  const genreOf: number[] = [];
  const [launchedAt, addedAt] = [new Float64Array(count), new Float64Array(count)];
  const fragments: string[] = [];
  const hashes = new Uint16Array(count);
  let numbering = 0;
  for (const [title, entry] of entries.entries()) {
    if (title % ENTRIES_A_TURN === 0) await nextTurn();
    for (const genre of entry.genres) {
      const number = genreNumbers.get(genre);
      if (number !== undefined) genreOf.push(number);
    }
    genreStarts[title + 1] = genreOf.length;
    launchedAt[title] = entry.launchTime ?? NaN;
    addedAt[title] = addedTime(Object.values(entry.availability).flat());
    fragments.push(fragmentOf(entry));
    numbering = hashText(entry.titleId, numbering);
    hashes[title] = shortHash(entry.titleId);
  }
  for (const genre of genres) numbering = hashText(genre, numbering);
  await nextTurn();
  const ids = entries.map(({ titleId }) => titleId);
  return {
    ...{ count, ids, entries, fragments, genres, genreStarts, launchedAt, addedAt, numbering },
    genreOf: Uint16Array.from(genreOf),
    numberOf: (title) => numbers.get(title) ?? -1,
    numberOfHashed: createHashedNumbers(ids, hashes),
    availability: createAvailability(entries, boundariesOf(entries)),
  };
}

function rootNumber(
  catalogue: Catalogue,
  entry: CatalogueEntry,
  numbers: ReadonlyMap<TitleId, number>,
): number | undefined {
  let parent = entry.parentId;
  for (let step = 0; step < MOST_PARENTS && parent !== null; step++) {
    const above = catalogue.find(parent);
    if (above === undefined) return undefined;
    if (above.parentId === null) return numbers.get(above.titleId);
    parent = above.parentId;
  }
  return undefined;
}

/** NaN where an interval has no beginning: the title has been there ever since. */
function addedTime(intervals: readonly Interval[]): number {
  let earliest = Infinity;
  for (const { from } of intervals) earliest = Math.min(earliest, from ?? -Infinity);
  return Number.isFinite(earliest) ? earliest : NaN;
}

/** What every row shows of a title. */
function fragmentOf({ titleId, name, kind, year, genres }: CatalogueEntry): string {
  return JSON.stringify({ titleId, name, kind, year, genres }).slice(0, -1);
}
