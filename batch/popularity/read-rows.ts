import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { isNamed, type Codes } from './codes.ts';
import type { Keys } from './keys.ts';
import type { CodedRows } from './rows.ts';
import { SHAPES, type CountedTable } from './tables.ts';

/** The rows of a relation that has a part's own columns, as they come. Each of its names has a code. */
export async function readRows(
  connection: DuckDbConnection,
  codes: Codes,
  table: CountedTable,
  relation: string,
): Promise<CodedRows> {
  const { keys, values } = SHAPES[table];
  const selected = [
    ...keys.map((key) => (isNamed(key) ? `${codes.keySql(key)} AS "${key}"` : key)),
    ...values.map((value) => `CAST(${value} AS DOUBLE) AS ${value}`),
  ];
  const { rowCount, columns } = await connection.query(`SELECT ${selected.join(', ')} FROM ${relation}`);
  return {
    size: rowCount,
    keys: keys.map((key) =>
      isNamed(key) ? codes.codesOf(key, valuesOf(columns, key) as BigUint64Array) : valuesOf(columns, key),
    ) as unknown as Keys,
    values: values.map((name) => valuesOf(columns, name) as Float64Array),
  };
}

const valuesOf = (columns: ColumnSet['columns'], name: string): unknown => columns[name]!.values;
