import { mkdir } from 'node:fs/promises';
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { Column, WriteColumn } from '../../infra/duckdb/columns.ts';
import { describeColumns } from '../../infra/duckdb/described.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { partSql, writePart, type LocalPart } from '../parts.ts';
import type { ModelTable, TableColumn } from './model.ts';

/** Writes tables as parts, in the order of their rows: the same tables give the same bytes. */
export async function writeTables(
  duckdb: DuckDb,
  tables: readonly ModelTable[],
  outDir: string,
): Promise<LocalPart[]> {
  await mkdir(outDir, { recursive: true });
  return duckdb.use(async (connection) => {
    const parts: LocalPart[] = [];
    for (const { name, rows, columns } of tables) {
      const staged = Object.entries(columns).map(([column, values]) => [column, toWrite(values)] as const);
      await connection.stage(STAGED, Object.fromEntries(staged), rows);
      const selected = Object.entries(columns).map(
        ([column, { type }]) => `CAST(${quoteName(column)} AS ${type}) AS ${quoteName(column)}`,
      );
      parts.push(await writePart(connection, outDir, name, `SELECT ${selected.join(', ')} FROM ${STAGED}`));
    }
    await connection.run(`DROP TABLE IF EXISTS ${STAGED}`);
    return parts;
  });
}

/** Reads the tables of a version again, from its parts on local disk. RangeError for a column of another type. */
export async function readTables(
  duckdb: DuckDb,
  partPaths: Readonly<Record<string, string>>,
): Promise<ModelTable[]> {
  return duckdb.use(async (connection) => {
    const tables: ModelTable[] = [];
    for (const [name, path] of Object.entries(partPaths)) {
      const described = await describeColumns(connection, partSql(path));
      const read = await connection.query(`SELECT * FROM ${partSql(path)}`);
      const columns = described.map(({ name: column, type }) => [
        column,
        fromRead(column, type, read.columns[column]!),
      ]);
      tables.push({
        name,
        rows: read.rowCount,
        columns: Object.fromEntries(columns) as ModelTable['columns'],
      });
    }
    return tables;
  });
}

const STAGED = 'model_table';

const toWrite = (column: TableColumn): WriteColumn =>
  column.type === 'VARCHAR'
    ? { kind: 'text', values: column.values }
    : { kind: 'number', values: column.values };

function fromRead(name: string, type: string, column: Column): TableColumn {
  if (type === 'VARCHAR' && column.kind === 'text') return { type, values: column.values };
  if (column.kind === 'numeric') {
    const { values } = column;
    if (type === 'FLOAT') return { type, values: values as Float32Array };
    if (type === 'DOUBLE') return { type, values: values as Float64Array };
    if (type === 'INTEGER') return { type, values: values as Int32Array };
    if (type === 'BIGINT') return { type, values: Float64Array.from(values as BigInt64Array, Number) };
  }
  throw new RangeError(`column ${name} is ${type}, which no model's table holds`);
}
