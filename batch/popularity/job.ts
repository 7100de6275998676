import { mkdir } from 'node:fs/promises';
import type { Column } from '../../domain/manifest.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { BUCKET_MS, HOUR_MS, type EpochMs } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { schemaOf, writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';
import { buildCells, dropCells, HOURLY_TABLES, hourlySql } from './cells.ts';
import { sumMeasuresSql } from './measure-columns.ts';
import { planPopularity, type LogShape } from './plan.ts';

/** How far back the part `recent` reaches: the longest window, the one before it and an hour to spare. */
export const RECENT_MS = 49 * HOUR_MS;

export interface ComputeOptions {
  /** Folder for the part files; made when it is not there. */
  readonly outDir: string;
  /** The time the version is of: `recent` begins 49 hours before it. */
  readonly asOf: EpochMs;
  /** Called as the work goes on, with what comes next. */
  readonly onProgress?: (step: string) => void;
}

export interface PopularityParts {
  readonly parts: readonly LocalPart[];
  readonly schema: readonly Column[];
  readonly rowCounts: Readonly<Record<string, number>>;
  /** Sums over all titles. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The view `popularity`, in five Parquet parts. `totals` by title and country, `recent` by five-minute bucket and `hours`
 * by hour of event time (-1 for events out of every window) hold every measure, raw and capped, all BIGINT. `rows` holds
 * impressions by title, row and hour; `distinct` the registers of who started a title, by hour.
 */
export interface PopularityJob {
  /** Takes snapshots and cut; retryable, the result is plain data. */
  plan(): Promise<ComputePlan>;
  /** Writes the parts. The same plan and `asOf` give the same bytes. */
  compute(plan: ComputePlan, options: ComputeOptions): Promise<PopularityParts>;
}

export function createPopularityJob({ lake, log }: { lake: DuckDbLake; log: LogShape }): PopularityJob {
  return {
    plan: () => planPopularity(lake, log),
    async compute(plan, options) {
      await mkdir(options.outDir, { recursive: true });
      return lake.read(async (connection) => {
        options.onProgress?.('cells');
        await buildCells(connection, plan, lake.reference);
        options.onProgress?.('hours');
        for (const table of HOURLY_TABLES)
          await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${hourlySql(table)}`);
        const result = await writeParts(connection, options);
        await dropCells(connection);
        return result;
      });
    },
  };
}

/** What each part is read from. */
const PART_QUERIES: Readonly<Record<string, string>> = {
  totals: loadSql('totals'),
  recent: loadSql('recent'),
  hours: 'FROM hours ORDER BY title_id, country, hour',
  rows: 'FROM row_hours ORDER BY title_id, "row", hour',
  distinct: 'FROM registers ORDER BY title_id, hour, register',
};

/** Writes the parts from the temporary tables `cells` (at least as far back as `recent` goes) and those by hour. */
export async function writeParts(
  connection: DuckDbConnection,
  { outDir, asOf, onProgress }: ComputeOptions,
): Promise<PopularityParts> {
  const parts: LocalPart[] = [];
  for (const [name, query] of Object.entries(PART_QUERIES)) {
    onProgress?.(name);
    parts.push(await writePart(connection, outDir, name, query, { from_bucket: recentFrom(asOf) }));
  }
  return {
    parts,
    schema: schemaOf(parts),
    rowCounts: Object.fromEntries(parts.map(({ name, rows }) => [name, rows])),
    metrics: await sumsOf(connection),
  };
}

/** First five-minute bucket of the part `recent`. */
export const recentFrom = (asOf: EpochMs): number => Math.floor((asOf - RECENT_MS) / BUCKET_MS);

async function sumsOf(connection: DuckDbConnection): Promise<Record<string, number>> {
  const { columns } = await connection.query(
    `SELECT ${sumMeasuresSql()}, count(DISTINCT title_id) AS titles FROM hours`,
  );
  return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, Number(values[0])]));
}
