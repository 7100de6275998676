/** Rows that are on their way to a table, as a temporary table of a connection with that table's columns. */
import { quoteName, quoteText, type DuckDbConnection } from '../duckdb/connection.ts';
import type { PackedRows, PackedType } from '../duckdb/packed-chunks.ts';
import {
  isPacked,
  packedBytes,
  packedNumbers,
  putNumber,
  putText,
  type PackedColumn,
} from '../duckdb/packed-columns.ts';
import type { PartitionRows } from './port.ts';
import { TABLE_COLUMNS, type LakeColumn, type LakeTable } from './tables.ts';

/** Creates or replaces the temporary table `name`. Columns of the rows must be packed. */
export async function stageRows(
  connection: DuckDbConnection,
  name: string,
  {
    table,
    region,
    rows,
  }: { readonly table: LakeTable; readonly region: string; readonly rows: readonly PartitionRows[] },
): Promise<void> {
  const columns = TABLE_COLUMNS[table];
  const own = columns.filter((column) => column.name !== 'region');
  const types = own.map((column): [string, PackedType] => [
    column.name,
    column.type === 'TIMESTAMP' ? 'BIGINT' : column.type,
  ]);
  const parts = rows.map((one): PackedRows => ({
    columns: own.map((column) => columnOf(column, one)),
    take: Array.from({ length: one.rowCount }, (_, row) => row),
  }));
  const selected = own.map((column) =>
    column.type === 'TIMESTAMP'
      ? `epoch_ms(${quoteName(column.name)}) AS ${quoteName(column.name)}`
      : quoteName(column.name),
  );
  await connection.lend({ columns: types, parts }, (source) =>
    connection.run(`CREATE OR REPLACE TEMP TABLE ${quoteName(name)} AS
      SELECT ${quoteText(region)} AS region, ${selected.join(', ')} FROM ${source}`),
  );
}

function columnOf({ name, kind }: LakeColumn, rows: PartitionRows): PackedRows['columns'][number] {
  if (name === 'generation') return { constant: textOf(rows.generation) };
  if (name === 'partition') return { constant: numberOf(rows.partition) };
  const values = rows.columns[name];
  if (values !== undefined && isPacked(values)) return values;
  if (values !== undefined) throw new RangeError(`column ${name} is not packed`);
  return kind === 'number' ? packedNumbers() : packedBytes(kind);
}

function textOf(value: string): PackedColumn {
  const column = packedBytes('text');
  putText(column, 0, value);
  return column;
}

function numberOf(value: number): PackedColumn {
  const column = packedNumbers();
  putNumber(column, 0, value);
  return column;
}
