import { mkdir } from 'node:fs/promises';
import type { BackfillDiff, HourRange } from '../../domain/backfill.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { BUCKET_MS, HOUR_MS } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { allPartsOf, basePartsSql, recentFrom, type BaseParts } from '../popularity/base.ts';
import { buildCells, dropCells, HOURLY_TABLES, hourlySql } from '../popularity/cells.ts';
import type { ComputeOptions, PopularityParts } from '../popularity/job.ts';
import { BACKFILLED } from '../popularity/refresh-mode.ts';
import { dropTables, writeParts } from '../popularity/write-parts.ts';
import { loadSql } from '../sql.ts';
import { diffOf } from './diff.ts';

export type { BaseParts } from '../popularity/base.ts';

/**
 * Counts a range of hours of event time anew and lays it over a published version. `plan` holds the snapshots to read
 * and the base's own cut, so that the outcome joins the speed view where the base did. Events whose time was judged
 * future or old are in no hour and stay as the base has them. So do caps and proofs of the hours after the range, though
 * what is counted anew may have used some of them up: a full refresh settles those.
 */
export interface RangeJob {
  /** What counting the range anew would change in the part `hours`. */
  diff(base: BaseParts, plan: ComputePlan, range: HourRange): Promise<BackfillDiff>;
  /** Writes the parts of the version that has the range counted anew, and all else as in the base. */
  compute(
    base: BaseParts,
    plan: ComputePlan,
    range: HourRange,
    options: ComputeOptions,
  ): Promise<PopularityParts>;
}

export function createRangeJob({ lake }: { lake: DuckDbLake }): RangeJob {
  return {
    diff: (base, plan, range) =>
      lake.read(async (connection) => {
        await buildCells(connection, plan, lake.reference, range);
        const inRange = `hour >= ${range.fromMs / HOUR_MS} AND hour < ${range.toMs / HOUR_MS}`;
        await connection.run(`
          CREATE OR REPLACE TEMP VIEW hours_before AS SELECT * FROM ${allRows(base, 'hours')} WHERE ${inRange};
          CREATE OR REPLACE TEMP TABLE hours_after AS ${loadSql('hours')}`);
        const diff = await diffOf(connection);
        await connection.run('DROP VIEW hours_before; DROP TABLE hours_after');
        await dropCells(connection);
        return diff;
      }),
    async compute(base, plan, range, options) {
      await mkdir(options.outDir, { recursive: true });
      return lake.read(async (connection) => {
        options.onProgress?.('cells');
        await dropTables(connection);
        await buildCells(connection, plan, lake.reference, range);
        options.onProgress?.('hours');
        await layOver(connection, base, range, recentFrom(options.asOf));
        const written = await writeParts(connection, options);
        await dropCells(connection);
        await dropTables(connection);
        const hours = (range.toMs - range.fromMs) / HOUR_MS;
        return { ...written, metrics: { ...written.metrics, [BACKFILLED]: hours } };
      });
    },
  };
}

/** Makes the counted tables those of the base with the range replaced by what was counted anew. */
async function layOver(
  connection: DuckDbConnection,
  base: BaseParts,
  range: HourRange,
  fromBucket: number,
): Promise<void> {
  const outside = (column: string, unitMs: number): string =>
    `(${column} < ${range.fromMs / unitMs} OR ${column} >= ${range.toMs / unitMs})`;
  for (const table of HOURLY_TABLES) {
    await connection.run(`
      CREATE OR REPLACE TEMP TABLE ${table} AS
        SELECT * FROM ${allRows(base, table)} WHERE ${outside('hour', HOUR_MS)}
        UNION ALL BY NAME (${hourlySql(table)})`);
  }
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE recent AS
      SELECT * FROM (
        SELECT * FROM cells
        UNION ALL BY NAME
        SELECT * FROM ${allRows(base, 'recent')} WHERE ${outside('bucket', BUCKET_MS)}
      ) WHERE bucket >= ${fromBucket}`);
}

const allRows = (base: BaseParts, table: 'recent' | (typeof HOURLY_TABLES)[number]): string =>
  basePartsSql(base, allPartsOf(table, base));
