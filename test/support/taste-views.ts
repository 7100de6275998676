/** Versions of `item-factors` and `neighbours` of a few titles, published the way a worker does. */
import type { ModelTable, TableColumn } from '../../batch/models/model.ts';
import type { Region } from '../../domain/ids.ts';
import type { NearlineInputs } from '../../domain/nearline/models.ts';
import type { NeighbourPairs, TrainedFactors } from '../../domain/ranking/model-columns.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { ITEM_FACTORS_VIEW } from '../../infra/views/factors.ts';
import { NEIGHBOURS_VIEW } from '../../infra/views/neighbours.ts';
import { publishTables } from './model-views.ts';

/** Publishes factors and neighbours; the version that each has by then must be that of `inputs`. */
export async function publishTastes(
  repository: ViewRepository,
  duckdb: DuckDb,
  { factors, neighbours }: NearlineInputs,
  region: Region,
): Promise<void> {
  await publishTables(repository, duckdb, ITEM_FACTORS_VIEW, factorTables(factors!.value), { region });
  await publishTables(repository, duckdb, NEIGHBOURS_VIEW, [neighbourTable(neighbours!.value)], { region });
}

/** The tables of a version of `item-factors`. */
export function factorTables({ ids, width, values, regularisation }: TrainedFactors): ModelTable[] {
  const factors = Array.from({ length: width }, (_, k): [string, TableColumn] => [
    `f${k}`,
    { type: 'FLOAT', values: Float32Array.from(ids, (_id, row) => values[row * width + k]!) },
  ]);
  const { strength, exponent, unobservedWeight } = regularisation;
  return [
    {
      ...{ name: 'items', rows: ids.length },
      columns: { title_id: { type: 'VARCHAR', values: ids }, ...Object.fromEntries(factors) },
    },
    {
      ...{ name: 'settings', rows: 3 },
      columns: {
        name: { type: 'VARCHAR', values: ['exponent', 'regularisation', 'unobserved_weight'] },
        value: { type: 'DOUBLE', values: Float64Array.of(exponent, strength, unobservedWeight) },
      },
    },
  ];
}

function neighbourTable({ ids, titles, neighbours, scores }: NeighbourPairs): ModelTable {
  let rank = 0;
  const ranks = Int32Array.from(
    titles,
    (title, i) => (rank = i > 0 && titles[i - 1] === title ? rank + 1 : 0),
  );
  return {
    ...{ name: 'neighbours', rows: titles.length },
    columns: {
      title_id: { type: 'VARCHAR', values: Array.from(titles, (place) => ids[place]!) },
      rank: { type: 'INTEGER', values: ranks },
      neighbour_id: { type: 'VARCHAR', values: Array.from(neighbours, (place) => ids[place]!) },
      score: { type: 'FLOAT', values: scores },
    },
  };
}
