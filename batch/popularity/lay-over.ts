import { HOUR_MS, BUCKET_MS, type EpochMs } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import {
  addRows,
  allPartsOf,
  basePartsSql,
  BY_HOUR,
  PART_OF,
  recentFrom,
  settledUntil,
  type BaseParts,
} from './base.ts';
import type { IncrementalBase } from './job.ts';
import { sumMeasuresSql } from './measure-columns.ts';

/**
 * Adds what a version counted to the counted tables, but for the hours of event time that were counted anew. Resolves
 * with the version when its settled parts are right as they are: their rows are not in the tables then, and the table
 * `totals` is made from its totals.
 */
export async function layOver(
  connection: DuckDbConnection,
  base: IncrementalBase,
  recounted: readonly number[],
  asOf: EpochMs,
): Promise<BaseParts | undefined> {
  const isKept = recounted.length === 0 && (await keepsSettled(connection, base, asOf));
  if (isKept) await addTotals(connection, base);
  const inHours = (hour: string): string =>
    recounted.length === 0 ? 'true' : `${hour} NOT IN (${recounted.join(', ')})`;
  for (const table of BY_HOUR) {
    const parts = isKept ? [PART_OF[table]] : allPartsOf(table, base);
    await addRows(connection, table, [`SELECT * FROM ${basePartsSql(base, parts)} WHERE ${inHours('hour')}`]);
  }
  await addRows(connection, 'recent', [
    `SELECT * FROM ${basePartsSql(base, ['recent'])}
      WHERE bucket >= ${recentFrom(asOf)} AND ${inHours(`bucket // ${HOUR_MS / BUCKET_MS}`)}`,
  ]);
  return isKept ? base : undefined;
}

/** Whether nothing new is of a settled hour, and the same hours are settled. */
async function keepsSettled(
  connection: DuckDbConnection,
  { manifest }: IncrementalBase,
  asOf: EpochMs,
): Promise<boolean> {
  const settled = settledUntil(asOf);
  if (settled !== settledUntil(Date.parse(manifest.asOf))) return false;
  for (const table of BY_HOUR) {
    const { columns } = await connection.query(
      `SELECT count(*) AS late FROM ${table} WHERE hour >= 0 AND hour < ${settled}`,
    );
    if (Number(columns['late']?.values[0]) > 0) return false;
  }
  return true;
}

async function addTotals(connection: DuckDbConnection, base: BaseParts): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE totals AS
    SELECT title_id, country, ${sumMeasuresSql()}
    FROM (SELECT * FROM ${basePartsSql(base, ['totals'])} UNION ALL BY NAME SELECT * EXCLUDE (hour) FROM hours)
    GROUP BY title_id, country`);
}
