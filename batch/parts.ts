import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Column, PartEntry } from '../domain/manifest.ts';
import { quoteText, type DuckDbConnection, type SqlParams } from '../infra/duckdb/connection.ts';
import { describeColumns } from '../infra/duckdb/described.ts';

/** A part on local disk, ready to be staged. */
export interface LocalPart extends PartEntry {
  readonly path: string;
  readonly columns: readonly Column[];
}

/** Small enough that readers can skip by statistics, large enough to compress; part of the bytes, so a constant. */
export const ROW_GROUP_ROWS = 122_880;

/**
 * Writes one query's rows as `<outDir>/<name>.parquet`. The query orders its rows by their key, so the same rows give
 * the same bytes, whatever the number of threads. The file opens with any Parquet reader.
 */
export async function writePart(
  connection: DuckDbConnection,
  outDir: string,
  name: string,
  query: string,
  params: SqlParams = {},
  known: Partial<PartShape> = {},
): Promise<LocalPart> {
  const path = join(outDir, `${name}.parquet`);
  const used = Object.fromEntries(Object.entries(params).filter(([key]) => query.includes(`$${key}`)));
  await connection.run(
    `COPY (${query}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    used,
  );
  return describePart(connection, name, path, known);
}

/** What a part's file is asked for where its writer does not know. */
export type PartShape = Pick<LocalPart, 'rows' | 'columns'>;

/** What is to be known of a part that lies on local disk. */
export async function describePart(
  connection: DuckDbConnection,
  name: string,
  path: string,
  known: Partial<PartShape> = {},
): Promise<LocalPart> {
  const rows = known.rows ?? (await rowsIn(connection, path));
  const columns = known.columns ?? (await columnsOf(connection, path));
  const { size: bytes } = await stat(path);
  return { name, path, rows, bytes, sha256: await sha256OfFile(path), columns };
}

async function rowsIn(connection: DuckDbConnection, path: string): Promise<number> {
  const counted = await connection.query(`SELECT count(*) AS rows FROM ${partSql(path)}`);
  return Number(counted.columns['rows']?.values[0]);
}

/** SQL that reads a part. */
export const partSql = (path: string): string => `read_parquet(${quoteText(path)})`;

/** SQL that reads parts of one shape as if they were one. */
export const shardsSql = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(quoteText).join(', ')}])`;

/** Columns of a part that lies on local disk. */
export async function columnsOf(connection: DuckDbConnection, path: string): Promise<Column[]> {
  const columns = await describeColumns(connection, partSql(path));
  return columns.map((column) => ({ ...column, nullable: false }));
}

/** Lower-case hex. */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The columns of all parts together; those that not every part has are nullable. */
export function schemaOf(parts: readonly LocalPart[]): Column[] {
  const found = new Map<string, { column: Column; parts: number }>();
  for (const part of parts) {
    for (const column of part.columns) {
      found.set(column.name, { column, parts: (found.get(column.name)?.parts ?? 0) + 1 });
    }
  }
  return Array.from(found.values(), ({ column, parts: count }) => ({
    ...column,
    nullable: count < parts.length,
  }));
}
