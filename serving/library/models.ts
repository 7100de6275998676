/** Published models mapped onto the numbers of one table of titles, in slices. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gramOf, type Regularisation } from '../../domain/fold-in.ts';
import { titleId } from '../../domain/ids.ts';
import {
  addTitle,
  emptyTitleSet,
  type RankedList,
  type RankingModels,
  type TitleFactors,
  type TitleNeighbours,
  type TitleTable,
} from '../../domain/ranking/types.ts';
import type { ClusterColumns } from '../../infra/views/clusters.ts';
import type { FactorColumns, LoadedFactors } from '../../infra/views/factors.ts';
import type { NeighbourColumns } from '../../infra/views/neighbours.ts';

/** Rows that are mapped between two turns of whoever else waits. */
const FACTOR_ROWS_A_TURN = 1000;
const GRAM_ROWS_A_TURN = 1000;
const PAIRS_A_TURN = 20_000;

export interface ModelColumns {
  readonly factors: LoadedFactors | undefined;
  readonly neighbours: NeighbourColumns | undefined;
  readonly clusters: ClusterColumns | undefined;
}

type Clusters = RankingModels['clusters'];

/** The numbers of ids; −1 for those that the table does not have. */
export function numbersOf(table: TitleTable, ids: readonly string[]): Int32Array {
  return Int32Array.from(ids, (id) => table.numberOf(titleId(id)));
}

/** Titles that the table does not have are left out; seasons and episodes have no factors of their own. */
export async function mapFactors(
  table: TitleTable,
  { ids, width, values: from }: FactorColumns,
  regularisation: Regularisation,
): Promise<TitleFactors> {
  const numbers = numbersOf(table, ids);
  const values = new Float32Array(table.count * width);
  const known = emptyTitleSet(table.count);
  for (let row = 0; row < ids.length; row++) {
    if (row % FACTOR_ROWS_A_TURN === 0) await nextTurn();
    const title = numbers[row]!;
    if (title < 0 || table.ids[title] !== ids[row]) continue;
    const [to, base] = [title * width, row * width];
    for (let k = 0; k < width; k++) values[to + k] = from[base + k]!;
    addTitle(known, title);
  }
  return { width, values, known, regularisation, gram: await gramInSlices(values, width) };
}

async function gramInSlices(values: Float32Array, width: number): Promise<Float64Array> {
  const gram = new Float64Array(width * width);
  const slice = GRAM_ROWS_A_TURN * width;
  for (let from = 0; from < values.length; from += slice) {
    gramOf(values.subarray(from, from + slice), width).forEach((value, at) => (gram[at]! += value));
    await nextTurn();
  }
  return gram;
}

/** Neighbours come by title, the nearest first, and go on doing so. */
export async function mapNeighbours(
  table: TitleTable,
  { ids, titles: of, neighbours, scores: from }: NeighbourColumns,
): Promise<TitleNeighbours> {
  const numbers = numbersOf(table, ids);
  const starts = new Uint32Array(table.count + 1);
  for (let pair = 0; pair < of.length; pair++) {
    if (pair % PAIRS_A_TURN === 0) await nextTurn();
    const [title, neighbour] = [numbers[of[pair]!]!, numbers[neighbours[pair]!]!];
    if (title >= 0 && neighbour >= 0) starts[title + 1]! += 1;
  }
  for (let title = 0; title < table.count; title++) starts[title + 1]! += starts[title]!;
  const filled = starts.slice(0, -1);
  const titles = new Uint32Array(starts.at(-1) ?? 0);
  const scores = new Float32Array(titles.length);
  for (let pair = 0; pair < of.length; pair++) {
    if (pair % PAIRS_A_TURN === 0) await nextTurn();
    const [title, neighbour] = [numbers[of[pair]!]!, numbers[neighbours[pair]!]!];
    if (title < 0 || neighbour < 0) continue;
    const at = filled[title]!++;
    titles[at] = neighbour;
    scores[at] = from[pair]!;
  }
  return { starts, titles, scores };
}

/** Null while nothing says how a profile is folded in: the same training settings as of the factors. */
export async function mapClusters(
  table: TitleTable,
  { centres, width, lists, factors }: ClusterColumns,
  regularisation: Regularisation | undefined,
): Promise<Clusters> {
  if (regularisation === undefined) return null;
  const mapped = lists.map(({ ids, scores }): RankedList => {
    const numbers = numbersOf(table, ids);
    const known = Array.from(ids.keys()).filter((row) => numbers[row]! >= 0);
    return {
      titles: Uint32Array.from(known, (row) => numbers[row]!),
      scores: Float32Array.from(known, (row) => scores[row]!),
    };
  });
  return { centres, width, lists: mapped, factors: await mapFactors(table, factors, regularisation) };
}
