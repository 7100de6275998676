import { MarqueeError } from '../../domain/errors.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../duckdb/connection.ts';
import type { PackedRows, PackedType } from '../duckdb/packed-chunks.ts';
import {
  isPacked,
  packedBytes,
  packedNumbers,
  putBytes,
  putNumber,
  putText,
  type PackedColumn,
  type PackedValue,
} from '../duckdb/packed-columns.ts';
import { tableReference } from './lake-sql.ts';
import type { PartitionPlan } from './plan-append.ts';
import type { LakeValues } from './port.ts';
import { TABLE_COLUMNS, type LakeColumn, type LakeTable } from './tables.ts';

export interface LakePlace {
  readonly namespace: string;
  /** Goes into every row. */
  readonly region: string;
  readonly table: LakeTable;
}

/** Puts the chosen rows of all partitions into the table in one statement. Resolves with how many they are. */
export async function insertPlans(
  connection: DuckDbConnection,
  { namespace, region, table }: LakePlace,
  plans: readonly PartitionPlan[],
): Promise<number> {
  const rowCount = plans.reduce((sum, { take }) => sum + take.length, 0);
  if (rowCount === 0) return 0;
  const columns = TABLE_COLUMNS[table].filter(({ name }) => isFilled(name, plans));
  const types = columns.map(({ name, type }): [string, PackedType] => [name, packedType(type)]);
  const parts = plans.map((plan): PackedRows => ({
    columns: columns.map((column) => partColumn(column, plan)),
    take: plan.take,
  }));
  const names = ['region', ...columns.map(({ name }) => name)].map(quoteName);
  const selected = [quoteText(region), ...columns.map(selectSql)];
  const { columns: answer } = await connection.lend({ columns: types, parts }, (source) =>
    connection.query(
      `INSERT INTO ${tableReference(namespace, table)} (${names.join(', ')})
        SELECT ${selected.join(', ')} FROM ${source}`,
    ),
  );
  const inserted = Number(answer['Count']?.values[0]);
  if (inserted !== rowCount) {
    throw new MarqueeError('INTERNAL', { reason: `${table}: ${inserted} of ${rowCount} rows were inserted` });
  }
  return rowCount;
}

/** Columns that are null in all rows are left out, and the region is the same in all. */
function isFilled(name: string, plans: readonly PartitionPlan[]): boolean {
  if (name === 'region') return false;
  if (name === 'generation' || name === 'partition') return true;
  return plans.some(({ rows }) => {
    const values = rows.columns[name];
    return values !== undefined && !(isPacked(values) && values.count === 0);
  });
}

/** Times are in milliseconds. */
const packedType = (type: LakeColumn['type']): PackedType => (type === 'TIMESTAMP' ? 'BIGINT' : type);

function selectSql({ name, type }: LakeColumn): string {
  return type === 'TIMESTAMP' ? `epoch_ms(${quoteName(name)})` : quoteName(name);
}

function partColumn({ name, kind }: LakeColumn, { rows }: PartitionPlan): PackedRows['columns'][number] {
  if (name === 'generation') return { constant: packed('text', [rows.generation]) };
  if (name === 'partition') return { constant: packed('number', [rows.partition]) };
  return packed(kind, rows.columns[name] ?? []);
}

function packed(kind: LakeColumn['kind'], values: LakeValues): PackedColumn {
  if (isPacked(values)) return values;
  const column = kind === 'number' ? packedNumbers() : packedBytes(kind);
  values.forEach((value: PackedValue, row: number) => {
    if (value === null) return;
    if (column.kind === 'number') putNumber(column, row, value as number);
    else if (typeof value === 'string') putText(column, row, value);
    else putBytes(column, row, value as Uint8Array, 0, (value as Uint8Array).length);
  });
  return column;
}
