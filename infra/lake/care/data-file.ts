/** Data files of the lake that are written here: from rows of old ones, proven to say what they should, described for a manifest. */
import { randomUUID } from 'node:crypto';
import { quoteName, quoteText, type DuckDbConnection } from '../../duckdb/connection.ts';
import type { ColumnSet } from '../../duckdb/columns.ts';
import { CONTENT, type DataFile, type Pair } from '../catalog/manifests.ts';
import type { TableSchema } from '../catalog/table-metadata.ts';

/** Where a new file belongs. */
export interface FilePlace {
  /** Address of the table's folder. */
  readonly location: string;
  /** The spec's name for the hour. */
  readonly hourName: string;
  readonly hour: number;
}

/** A path that nobody has; `made` says by what the file came to be. */
export const newFilePath = ({ location, hourName, hour }: FilePlace, made: string): string =>
  `${location.replace(/\/$/, '')}/data/${encodeURIComponent(hourName)}=${hour}/${made}-${randomUUID()}.parquet`;

/** Writes what `select` says, which has the schema's columns, with the ids that Iceberg knows them by, in the order of the log. */
export async function copyToFile(
  connection: DuckDbConnection,
  path: string,
  select: string,
  { fields }: TableSchema,
): Promise<void> {
  const ids = fields.map(({ name, id }) => `${quoteName(name)}: ${id}`);
  const order = ORDER.filter((name) => fields.some((one) => one.name === name)).map(quoteName);
  await connection.run(
    `COPY (${select} ${order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`})
      TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, FIELD_IDS {${ids.join(', ')}})`,
  );
}

const ORDER = ['generation', 'partition', 'offset'] as const;

/** How many rows, and a digest that does not depend on their order. */
export interface RowDigest {
  readonly rows: bigint;
  readonly digest: string;
}

/** Of whole rows of a relation. */
export async function digestOf(connection: DuckDbConnection, rows: string): Promise<RowDigest> {
  const found = await connection.query(
    `SELECT count(*) AS rows, CAST(coalesce(sum(CAST(hash(one) AS HUGEINT)), 0) AS VARCHAR) AS digest FROM ${rows} AS one`,
  );
  return { rows: bigintAt(found, 'rows'), digest: String(found.columns['digest']?.values[0]) };
}

/** SQL of a relation with the rows of a file that was written. */
export const fileRowsSql = (path: string, { fields }: TableSchema): string =>
  `(SELECT ${fields.map(({ name }) => quoteName(name)).join(', ')} FROM read_parquet(${quoteText(path)}))`;

/** A file of so many rows as manifests have it. */
export async function describeFile(
  connection: DuckDbConnection,
  path: string,
  { hourName, hour }: Pick<FilePlace, 'hourName' | 'hour'>,
  schema: TableSchema,
  rows: bigint,
): Promise<DataFile> {
  const stored = await connection.query(`SELECT size AS bytes FROM read_blob(${quoteText(path)})`);
  return {
    ...{ content: CONTENT.data, file_path: path, file_format: 'PARQUET', partition: { [hourName]: hour } },
    record_count: rows,
    file_size_in_bytes: bigintAt(stored, 'bytes'),
    referenced_data_file: null,
    ...(await figuresOf(connection, fileRowsSql(path, schema), schema, rows)),
  };
}

/** Iceberg's types whose bounds readers leave files out by (spec, "Binary single-value serialization"): bytes, and SQL. */
const BOUNDED: Readonly<Record<string, { bytes: 4 | 8; sql: (column: string) => string }>> = {
  int: { bytes: 4, sql: (column) => column },
  long: { bytes: 8, sql: (column) => column },
  timestamp: { bytes: 8, sql: (column) => `epoch_us(${column})` },
};

type Figures = Pick<DataFile, 'value_counts' | 'null_value_counts' | 'lower_bounds' | 'upper_bounds'>;

async function figuresOf(
  connection: DuckDbConnection,
  file: string,
  { fields }: TableSchema,
  rows: bigint,
): Promise<Figures> {
  const bounded = fields.flatMap(({ id, name, type }) => {
    const how = BOUNDED[String(type)];
    return how === undefined ? [] : [{ id, column: quoteName(name), ...how }];
  });
  const asked = bounded.flatMap(({ id, column, sql }) => [
    `count(${column}) AS known_${id}`,
    `CAST(coalesce(min(${sql(column)}), 0) AS BIGINT) AS low_${id}`,
    `CAST(coalesce(max(${sql(column)}), 0) AS BIGINT) AS high_${id}`,
  ]);
  const found = await connection.query(`SELECT ${asked.join(', ')} FROM ${file}`);
  const known = bounded.filter(({ id }) => bigintAt(found, `known_${id}`) > 0n);
  const bounds = (which: 'low' | 'high'): Pair<Buffer>[] =>
    known.map(({ id, bytes }) => {
      const value = Buffer.alloc(bytes);
      const bound = bigintAt(found, `${which}_${id}`);
      if (bytes === 4) value.writeInt32LE(Number(bound));
      else value.writeBigInt64LE(bound);
      return { key: id, value };
    });
  return {
    value_counts: bounded.map(({ id }) => ({ key: id, value: rows })),
    null_value_counts: bounded.map(({ id }) => ({ key: id, value: rows - bigintAt(found, `known_${id}`) })),
    lower_bounds: bounds('low'),
    upper_bounds: bounds('high'),
  };
}

export const bigintAt = ({ columns }: ColumnSet, name: string): bigint =>
  BigInt(columns[name]?.values[0] as number | bigint);
