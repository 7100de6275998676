/** Whether a declaration can be made a view of, found out without a row: before anything is scheduled, and before each run. */
import type { Column } from '../../domain/manifest.ts';
import type { DeclaredView } from '../../domain/declared-view.ts';
import { quoteName, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { describeColumns } from '../../infra/duckdb/described.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { TABLE_COLUMNS, type LakeTable } from '../../infra/lake/tables.ts';
import { readQuery, type Fail } from './read-query.ts';
import { withTables } from './tables-by-name.ts';

/** What a view will be like, if its declaration holds. */
export interface CheckedView {
  readonly tables: readonly LakeTable[];
  readonly columns: readonly Column[];
}

const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** `fail` is told the first thing that is wrong. */
export const checkDeclared = (duckdb: DuckDb, declared: DeclaredView, fail: Fail): Promise<CheckedView> =>
  duckdb.use(async (connection) => {
    const tables = await readQuery(connection, declared.sql, fail);
    const columns = await withTables(connection, tables, noRows, () => columnsOf(connection, declared, fail));
    const names = columns.map(({ name }) => name);
    const odd = names.find((name) => !COLUMN_NAME.test(name));
    if (odd !== undefined)
      return fail(`column ${JSON.stringify(odd)} has no usable name: give it one with AS`);
    const missing = declared.key.find((column) => !names.includes(column));
    if (missing !== undefined)
      return fail(`key ${missing} is none of its columns, which are ${names.join(', ')}`);
    return { tables, columns };
  });

async function columnsOf(
  connection: DuckDbConnection,
  { sql, key }: DeclaredView,
  fail: Fail,
): Promise<Column[]> {
  const params = sql.includes('$as_of_ms') ? { as_of_ms: 0 } : {};
  try {
    const columns = await describeColumns(connection, `(\n${sql}\n)`, params);
    return columns.map((column) => ({ ...column, nullable: !key.includes(column.name) }));
  } catch (error) {
    return fail((error as Error).message.split('\n')[0] ?? 'it cannot be bound');
  }
}

/** A table as it would be without a row. */
const noRows = (table: LakeTable): string =>
  `SELECT ${TABLE_COLUMNS[table].map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`).join(', ')} WHERE false`;
