/** Published models mapped onto the numbers of one table of titles, in slices. */
import { gramOf, type Regularisation } from '../../domain/fold-in.ts';
import type { InSlices } from '../../domain/in-slices.ts';
import {
  mapFactors as factorsInSlices,
  mapNeighbours as neighboursInSlices,
  numbersOf,
  type FactorRows,
  type NeighbourPairs,
  type TrainedFactors,
} from '../../domain/ranking/model-columns.ts';
import type {
  RankedList,
  RankingModels,
  TitleFactors,
  TitleNeighbours,
  TitleTable,
} from '../../domain/ranking/types.ts';
import type { ClusterColumns } from '../../infra/views/clusters.ts';
import { inTurns } from '../in-turns.ts';

/** Rows that are multiplied without a rest. */
const GRAM_ROWS = 100;

export interface ModelColumns {
  readonly factors: TrainedFactors | undefined;
  readonly neighbours: NeighbourPairs | undefined;
  readonly clusters: ClusterColumns | undefined;
}

type Clusters = RankingModels['clusters'];

/** As `mapFactors` of the domain, with what scoring by the gram needs, in turns with whoever else waits. */
export async function mapFactors(
  table: TitleTable,
  factors: FactorRows,
  regularisation: Regularisation,
): Promise<TitleFactors> {
  const mapped = await inTurns(factorsInSlices(table, factors, regularisation));
  return { ...mapped, gram: await inTurns(gramInSlices(mapped.values, mapped.width)) };
}

function* gramInSlices(values: Float32Array, width: number): InSlices<Float64Array> {
  const gram = new Float64Array(width * width);
  const slice = GRAM_ROWS * width;
  for (let from = 0; from < values.length; from += slice) {
    gramOf(values.subarray(from, from + slice), width).forEach((value, at) => (gram[at]! += value));
    yield;
  }
  return gram;
}

export const mapNeighbours = (table: TitleTable, pairs: NeighbourPairs): Promise<TitleNeighbours> =>
  inTurns(neighboursInSlices(table, pairs));

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
