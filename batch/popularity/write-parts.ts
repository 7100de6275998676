import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { describePart, schemaOf, writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';
import { aggregatesSql } from './aggregates.ts';
import { BY_HOUR, PART_OF, settledPart, settledUntil, type BaseParts } from './base.ts';
import { COUNTED_TABLES, type CountedTable } from './count-slice.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import { sumMeasuresSql } from './measure-columns.ts';

export interface WriteOptions extends ComputeOptions {
  /** A version whose settled parts are taken as they are: the tables by hour hold no settled hour then. */
  readonly settledOf?: BaseParts | undefined;
}

/**
 * Writes the parts from the temporary tables of COUNTED_TABLES, and from `totals` where it is there already. The same
 * rows give the same bytes, however the tables came about.
 */
export async function writeParts(
  connection: DuckDbConnection,
  options: WriteOptions,
): Promise<PopularityParts> {
  const { outDir, onProgress } = options;
  await connection.run(`CREATE TEMP TABLE IF NOT EXISTS totals AS ${loadSql('totals')}`);
  await nameInOrder(connection);
  const parts: LocalPart[] = [];
  const write = async (name: string, query: string): Promise<void> => {
    onProgress?.(name);
    parts.push(await writePart(connection, outDir, name, query));
  };
  await write('totals', orderedSql('totals', ['title_id', 'country']));
  await write('recent', orderedSql('recent', COUNTED_TABLES.recent));
  const settled = settledUntil(options.asOf);
  for (const table of BY_HOUR) {
    await write(PART_OF[table], orderedSql(table, COUNTED_TABLES[table], `hour < 0 OR hour >= ${settled}`));
    const name = settledPart(table);
    if (options.settledOf !== undefined)
      parts.push(await takeOver(connection, options.settledOf, name, outDir));
    else await write(name, orderedSql(table, COUNTED_TABLES[table], `hour >= 0 AND hour < ${settled}`));
  }
  for (const [name, query] of Object.entries(aggregatesSql(options.asOf, parts))) await write(name, query);
  return {
    parts,
    schema: schemaOf(parts),
    rowCounts: Object.fromEntries(parts.map(({ name, rows }) => [name, rows])),
    metrics: await sumsOf(connection),
  };
}

/** The temporary tables that parts were written from. */
export async function dropTables(connection: DuckDbConnection): Promise<void> {
  const ordered = Object.keys(NAMED_IN).map((column) => `${column}_order`);
  for (const table of [...Object.keys(COUNTED_TABLES), 'totals', ...ordered])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
}

/** Where all values of the columns of text are found. */
const NAMED_IN: Readonly<Record<string, string>> = {
  title_id: 'totals',
  country: 'totals',
  row: 'row_hours',
};

/** Numbers texts in their order: sorting goes by numbers, which takes half the time. */
async function nameInOrder(connection: DuckDbConnection): Promise<void> {
  for (const [column, table] of Object.entries(NAMED_IN))
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${column}_order AS
      SELECT "${column}", row_number() OVER (ORDER BY "${column}") AS ${column}_place
      FROM (SELECT DISTINCT "${column}" FROM ${table} WHERE "${column}" IS NOT NULL)`);
}

function orderedSql(table: CountedTable | 'totals', keys: readonly string[], where = 'true'): string {
  const texts = keys.filter((key) => key in NAMED_IN);
  const joins = texts.map((key) => `LEFT JOIN ${key}_order USING ("${key}")`).join(' ');
  const order = keys.map((key) => (key in NAMED_IN ? `${key}_place` : key)).join(', ');
  return `SELECT counted.* FROM (SELECT * FROM ${table} WHERE ${where}) AS counted ${joins} ORDER BY ${order}`;
}

async function takeOver(
  connection: DuckDbConnection,
  { partPaths }: BaseParts,
  name: string,
  outDir: string,
): Promise<LocalPart> {
  const path = join(outDir, `${name}.parquet`);
  await copyFile(partPaths[name]!, path);
  return describePart(connection, name, path);
}

async function sumsOf(connection: DuckDbConnection): Promise<Record<string, number>> {
  const { columns } = await connection.query(
    `SELECT ${sumMeasuresSql()}, count(DISTINCT title_id) AS titles FROM totals`,
  );
  return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, Number(values[0])]));
}
