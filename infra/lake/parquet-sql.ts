import { quoteText } from '../duckdb/connection.ts';
import type { TableSchema } from './catalog/table-metadata.ts';
import { TABLE_COLUMNS, type LakeTable } from './tables.ts';

/**
 * SQL of a relation with the rows of data files that are named by themselves: columns by Iceberg's ids, as the schema names them,
 * and null where a file lacks them. Undefined where the schema lacks a column of ours.
 */
export function parquetSql(
  table: LakeTable,
  { fields }: TableSchema,
  paths: readonly string[],
): string | undefined {
  const columns = TABLE_COLUMNS[table].map(({ name, type }) => {
    const id = fields.find((field) => field.name === name)?.id;
    return id === undefined
      ? undefined
      : `${id}: {name: ${quoteText(name)}, type: '${type}', default_value: NULL}`;
  });
  if (columns.includes(undefined)) return undefined;
  return `read_parquet([${paths.map(quoteText).join(', ')}], schema = MAP {${columns.join(', ')}})`;
}
