/**
 * Published models mapped onto the numbers of one table of titles. Each is a generator that rests after so many rows, so that
 * who serves requests meanwhile can let others have their turn; `atOnce` is for who does not.
 */
import type { Regularisation } from '../fold-in.ts';
import { titleId } from '../ids.ts';
import { atOnce, type InSlices } from '../in-slices.ts';
import {
  addTitle,
  emptyTitleSet,
  type TitleFactors,
  type TitleNeighbours,
  type TitleTable,
} from './types.ts';

/** Rows of factors by title; `values` is row-major. */
export interface FactorRows {
  readonly ids: readonly string[];
  readonly width: number;
  readonly values: Float32Array;
}

/** Factors, and what a profile is folded in with. */
export interface TrainedFactors extends FactorRows {
  readonly regularisation: Regularisation;
}

/** Pairs of places in `ids`, ordered by title, then the nearest neighbour first. */
export interface NeighbourPairs {
  readonly ids: readonly string[];
  readonly titles: Int32Array;
  readonly neighbours: Int32Array;
  readonly scores: Float32Array;
}

/** Rows that are mapped without a rest. */
const NUMBERS = 2000;
const FACTOR_ROWS = 250;
const PAIRS = 5000;

/** The numbers of ids; −1 for those that the table does not have. */
export const numbersOf = (table: TitleTable, ids: readonly string[]): Int32Array =>
  atOnce(numbersInSlices(table, ids));

export function* numbersInSlices(table: TitleTable, ids: readonly string[]): InSlices<Int32Array> {
  const numbers = new Int32Array(ids.length);
  for (let place = 0; place < numbers.length; place++) {
    if (place % NUMBERS === NUMBERS - 1) yield;
    numbers[place] = table.numberOf(titleId(ids[place]!));
  }
  return numbers;
}

/** Titles that the table does not have are left out; seasons and episodes have no factors of their own. */
export function* mapFactors(
  table: TitleTable,
  { ids, width, values: from }: FactorRows,
  regularisation: Regularisation,
): InSlices<TitleFactors> {
  const numbers = yield* numbersInSlices(table, ids);
  const values = new Float32Array(table.count * width);
  const known = emptyTitleSet(table.count);
  for (let row = 0; row < ids.length; row++) {
    if (row % FACTOR_ROWS === 0) yield;
    const title = numbers[row]!;
    if (title < 0 || table.ids[title] !== ids[row]) continue;
    const [to, base] = [title * width, row * width];
    for (let k = 0; k < width; k++) values[to + k] = from[base + k]!;
    addTitle(known, title);
  }
  return { width, values, known, regularisation };
}

/** Neighbours go on being by title, the nearest first; pairs with a title that the table does not have are left out. */
export function* mapNeighbours(
  table: TitleTable,
  { ids, titles: of, neighbours, scores: from }: NeighbourPairs,
): InSlices<TitleNeighbours> {
  const numbers = yield* numbersInSlices(table, ids);
  const starts = new Uint32Array(table.count + 1);
  for (let pair = 0; pair < of.length; pair++) {
    if (pair % PAIRS === 0) yield;
    const [title, neighbour] = [numbers[of[pair]!]!, numbers[neighbours[pair]!]!];
    if (title >= 0 && neighbour >= 0) starts[title + 1]! += 1;
  }
  for (let title = 0; title < table.count; title++) starts[title + 1]! += starts[title]!;
  const filled = starts.slice(0, -1);
  const titles = new Uint32Array(starts.at(-1) ?? 0);
  const scores = new Float32Array(titles.length);
  for (let pair = 0; pair < of.length; pair++) {
    if (pair % PAIRS === 0) yield;
    const [title, neighbour] = [numbers[of[pair]!]!, numbers[neighbours[pair]!]!];
    if (title < 0 || neighbour < 0) continue;
    const at = filled[title]!++;
    titles[at] = neighbour;
    scores[at] = from[pair]!;
  }
  return { starts, titles, scores };
}
