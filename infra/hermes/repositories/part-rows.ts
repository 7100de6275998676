/** Rows of a Parquet part by their key, as JSON. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnSet } from '../../duckdb/columns.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../duckdb/connection.ts';
import { describeColumns } from '../../duckdb/described.ts';
import type { DuckDb } from '../../duckdb/duckdb.ts';
import { TEMPORARY } from '../durable-files.ts';
import type { ViewRow } from './port.ts';

/** All rows that a part has of one key: a JSON array of objects. */
export interface KeyRows {
  readonly key: string;
  readonly rows: string;
}

const KEYS_A_TURN = 2000;

type Reader = Pick<DuckDb, 'use'>;

/** The rows of one key, in their order; none where the part has no such column. */
export function findRows(
  duckdb: Reader,
  path: string,
  column: string,
  key: string,
): Promise<readonly ViewRow[]> {
  return duckdb.use(async (connection) => {
    const sql = await rowsSql(connection, path, column, `WHERE CAST(${quoteName(column)} AS VARCHAR) = $key`);
    if (sql === undefined) return [];
    const [rows] = textsOf(await connection.query(sql, { key }), 'rows');
    return rows === undefined ? [] : (JSON.parse(rows) as ViewRow[]);
  });
}

/** All keys of a part in ascending order, some at a time; none where it has no such column. */
export function eachKey(
  duckdb: Reader,
  path: string,
  column: string,
  use: (keys: readonly KeyRows[]) => Promise<void>,
): Promise<void> {
  return duckdb.use(async (connection) => {
    const sql = await rowsSql(connection, path, column, `WHERE ${quoteName(column)} IS NOT NULL`);
    if (sql === undefined) return;
    await connection.run(`CREATE OR REPLACE TEMP TABLE keyed_rows AS ${sql}`);
    try {
      for (let from = 0; ; from += KEYS_A_TURN) {
        const set = await connection.query(`SELECT * FROM keyed_rows LIMIT ${KEYS_A_TURN} OFFSET ${from}`);
        const [keys, rows] = [textsOf(set, 'key'), textsOf(set, 'rows')];
        await use(keys.map((key, i) => ({ key, rows: rows[i]! })));
        if (set.rowCount < KEYS_A_TURN) return;
      }
    } finally {
      await connection.run('DROP TABLE IF EXISTS keyed_rows');
    }
  });
}

async function rowsSql(
  connection: DuckDbConnection,
  path: string,
  column: string,
  where: string,
): Promise<string | undefined> {
  const file = `read_parquet(${quoteText(path)})`;
  const names = (await describeColumns(connection, file)).map(({ name }) => name);
  if (!names.includes(column)) return undefined;
  const row = names.map((name) => `${quoteText(name)}: ${quoteName(name)}`).join(', ');
  return `SELECT CAST(${quoteName(column)} AS VARCHAR) AS key,
      CAST(to_json(list({${row}} ORDER BY file_row_number)) AS VARCHAR) AS rows
    FROM read_parquet(${quoteText(path)}, file_row_number = true) ${where} GROUP BY 1 ORDER BY 1`;
}

function textsOf({ columns }: ColumnSet, name: string): readonly string[] {
  const column = columns[name];
  if (column?.kind !== 'text') throw new RangeError(`column ${name} is no text`);
  return column.values.map(String);
}

/** Lends a part as a file of its own, for DuckDB to read. */
export async function withPartFile<T>(
  dir: string,
  body: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dir, TEMPORARY));
  try {
    const path = join(folder, 'part.parquet');
    await writeFile(path, body);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
