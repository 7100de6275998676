/** Rows of some files of an hour, as a snapshot has them. */
import { HOUR_MS } from '../../../domain/time.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../duckdb/connection.ts';
import type { DataFile } from '../catalog/manifests.ts';
import type { TableSchema } from '../catalog/table-metadata.ts';
import { parquetSql } from '../parquet-sql.ts';
import { TABLE_COLUMNS, type LakeTable } from '../tables.ts';
import { bigintAt } from './data-file.ts';

export interface SourceFiles {
  readonly table: LakeTable;
  /** SQL name of the table as of the snapshot. */
  readonly reference: string;
  readonly schema: TableSchema;
  /** Since the epoch. */
  readonly hour: number;
  readonly files: readonly DataFile[];
  /** Whether the snapshot has files of deletes in that hour. */
  readonly hasDeletes: boolean;
}

/**
 * SQL of a relation with all columns of the schema, in its order. The files are read by themselves wherever they say all: DuckDB reads every manifest
 * of a table for each statement that has its name, and whoever takes hour after hour of a table would read the square of them.
 */
export async function sourceRows(connection: DuckDbConnection, source: SourceFiles): Promise<string> {
  const { reference, hour, files } = source;
  const names = source.schema.fields.map(({ name }) => quoteName(name)).join(', ');
  const straight = await straightSql(connection, source);
  if (straight !== undefined) return `(SELECT ${names} FROM ${straight})`;
  const paths = files.map(({ file_path }) => quoteText(file_path));
  // The hour is what the reader leaves other files out by.
  return `(SELECT ${names} FROM ${reference} WHERE append_time >= epoch_ms(${hour * HOUR_MS})
    AND append_time < epoch_ms(${(hour + 1) * HOUR_MS}) AND filename IN (${paths.join(', ')}))`;
}

/** Undefined where files do not say all by themselves. */
async function straightSql(
  connection: DuckDbConnection,
  { table, schema, files, hasDeletes }: SourceFiles,
): Promise<string | undefined> {
  const isOurs = schema.fields.every(({ name }) => TABLE_COLUMNS[table].some((one) => one.name === name));
  if (hasDeletes || !isOurs) return undefined;
  const paths = files.map(({ file_path }) => file_path);
  const listed = `[${paths.map(quoteText).join(', ')}]`;
  // Other engines' files may lack the ids that Iceberg knows columns by.
  const found = await connection.query(`SELECT
    (SELECT CAST(sum(num_rows) AS BIGINT) FROM parquet_file_metadata(${listed})) AS rows,
    (SELECT count(*) FROM parquet_schema(${listed}) WHERE num_children IS NULL AND field_id IS NULL) AS nameless`);
  const records = files.reduce((sum, { record_count }) => sum + record_count, 0n);
  const isWhole = bigintAt(found, 'nameless') === 0n && bigintAt(found, 'rows') === records;
  return isWhole ? parquetSql(table, schema, paths) : undefined;
}
