import type { DuckDbConnection, SqlParams } from './connection.ts';

export interface DescribedColumn {
  readonly name: string;
  /** As DuckDB writes it: BIGINT, VARCHAR[], TIMESTAMP WITH TIME ZONE. */
  readonly type: string;
}

/** The columns that a query or table function answers with, in their order. Reads no row. */
export async function describeColumns(
  connection: Pick<DuckDbConnection, 'query'>,
  from: string,
  params?: SqlParams,
): Promise<readonly DescribedColumn[]> {
  const { rowCount, columns } = await connection.query(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`,
    params,
  );
  const text = (column: string, row: number): string => String(columns[column]?.values[row]);
  return Array.from({ length: rowCount }, (_, row) => ({
    name: text('column_name', row),
    type: text('column_type', row),
  }));
}
