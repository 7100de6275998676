import { quoteName, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';

/** Runs `work` where each table is to be had by its bare name, as what `sqlOf` says; nothing of it stays on the connection. */
export async function withTables<T>(
  connection: DuckDbConnection,
  tables: readonly LakeTable[],
  sqlOf: (table: LakeTable) => string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    for (const table of tables)
      await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(table)} AS ${sqlOf(table)}`);
    return await work();
  } finally {
    for (const table of tables)
      await connection.run(`DROP VIEW IF EXISTS temp.${quoteName(table)}`).catch(() => undefined);
  }
}
