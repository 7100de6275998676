import { quoteName } from '../../infra/duckdb/connection.ts';
import { describeColumns } from '../../infra/duckdb/described.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';

/** SQL of the squared length of a row's factors: of all FLOAT columns of these rows. Undefined where there are none. */
export async function squaredLength(duckdb: DuckDb, rows: string): Promise<string | undefined> {
  const columns = await duckdb.use((connection) => describeColumns(connection, rows));
  const names = columns
    .filter(({ type }) => type === 'FLOAT')
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) return undefined;
  return names.map((name) => `pow(${quoteName(name)}::DOUBLE, 2)`).join(' + ');
}
