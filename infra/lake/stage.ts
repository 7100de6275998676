import type { WriteColumn } from '../duckdb/columns.ts';
import type { PartitionPlan } from './plan-append.ts';
import { TABLE_COLUMNS, type LakeColumn, type LakeTable } from './tables.ts';

/** The chosen rows of all partitions as columns of one table, in the table's column order. */
export function stageColumns(
  table: LakeTable,
  region: string,
  plans: readonly PartitionPlan[],
): { columns: Record<string, WriteColumn>; rowCount: number } {
  const rowCount = plans.reduce((sum, plan) => sum + plan.take.length, 0);
  const columns: Record<string, WriteColumn> = {};
  for (const column of TABLE_COLUMNS[table]) {
    const values = new Array<number | string | Uint8Array | null>(rowCount);
    let at = 0;
    for (const plan of plans) at = copyColumn(column, region, plan, values, at);
    columns[column.name] = { kind: column.kind, values } as WriteColumn;
  }
  return { columns, rowCount };
}

function copyColumn(
  column: LakeColumn,
  region: string,
  { rows, take }: PartitionPlan,
  out: (number | string | Uint8Array | null)[],
  from: number,
): number {
  const fixed = { region, generation: rows.generation, partition: rows.partition }[column.name];
  const source = rows.columns[column.name];
  let at = from;
  for (const row of take) out[at++] = fixed ?? source?.[row] ?? null;
  return at;
}
