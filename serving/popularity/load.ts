/** Loads a verified local copy of the view `popularity`: Parquet by DuckDB, columns to Arrow. */
import { BESIDE, findPart, type Manifest } from '../../domain/manifest.ts';
import { corrupt } from '../../domain/views.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { localPartPath } from '../../infra/hermes/subscriber.ts';
import { inTurns } from '../in-turns.ts';
import { createArrowBuilder, type ArrowTable } from './columns.ts';
import { MEASURE_COLUMNS, popularityViewInSlices, type PopularityView } from './view.ts';

export type LoadPopularity = (versionDir: string, manifest: Manifest) => Promise<PopularityView>;

/** From this version of the fold on, views have capped measures, rows and distinct counts. */
const CAPPED_FOLD_VERSION = 2;

/**
 * Throws VIEW_CORRUPT when the parts are not what the view is made of. A view from before there were capped measures is
 * read with the raw ones in their place: it is served without the speed view, and says so.
 */
export function createPopularityLoader(duckdb: Pick<DuckDb, 'use'>): LoadPopularity {
  return (versionDir, manifest) =>
    duckdb.use(async (connection) => {
      const refuse = corrupt(manifest.view, manifest.version);
      const hasCapped = manifest.foldVersion >= CAPPED_FOLD_VERSION;
      // What is counted by hour is in a part for each span of the log.
      const source = (name: string): string => {
        const files = manifest.parts.filter(({ name: stored }) => {
          const part = stored.replace(BESIDE, '');
          return part === name || part.startsWith(`${name}-`);
        });
        if (files.length === 0) refuse(`there is no part ${name}`);
        const paths = files.map((file) => quoteText(localPartPath(versionDir, file)));
        return `read_parquet([${paths.join(', ')}])`;
      };
      const query = (sql: string): Promise<ArrowTable> => readInSlices(connection, sql);
      const measures = measuresSql(hasCapped);
      try {
        const tables = {
          totals: await query(`SELECT title_id, country, ${measures} FROM ${source('totals')}`),
          recent: await query(
            `SELECT title_id, country, CAST(bucket AS INTEGER) AS bucket, ${measures} FROM ${source('recent')}`,
          ),
          rows: await query(hasCapped ? rowsSql(source('rows')) : NO_ROWS),
          distinct: await query(hasCapped ? distinctSql(source('distinct')) : NO_DISTINCT),
          ...(findPart(manifest, 'expected') === undefined
            ? {}
            : { expected: await query(expectedSql(source('expected'))) }),
        };
        return await inTurns(popularityViewInSlices(tables));
      } catch (error) {
        return refuse(error instanceof Error ? error.message : String(error));
      }
    });
}

/** Rows that are copied without a rest. */
const ROWS_A_SLICE = 4096;

/** A statement's rows in their order; whoever answers requests on this thread has a turn between slices. */
async function readInSlices(connection: DuckDbConnection, sql: string): Promise<ArrowTable> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE popularity_rows AS ${sql}`);
  try {
    const counted = await connection.query('SELECT CAST(count(*) AS INTEGER) AS rows FROM popularity_rows');
    const rowCount = (counted.columns['rows'] as { readonly values: Int32Array }).values[0]!;
    const builder = createArrowBuilder(rowCount);
    for (let from = 0; from === 0 || from < rowCount; from += ROWS_A_SLICE)
      builder.append(
        // By row, since what an OFFSET passes over is read all the same.
        await connection.query(
          `SELECT * FROM popularity_rows WHERE rowid >= ${from} AND rowid < ${from + ROWS_A_SLICE}`,
        ),
      );
    return builder.end();
  } finally {
    await connection.run('DROP TABLE IF EXISTS popularity_rows');
  }
}

function measuresSql(hasCapped: boolean): string {
  return MEASURE_COLUMNS.map((name) => {
    const stored = hasCapped ? name : name.replace('capped_', '');
    return `CAST(${stored} AS DOUBLE) AS ${name}`;
  }).join(', ');
}

const rowsSql = (source: string): string => `
  SELECT title_id, "row", CAST(sum(impressions) AS DOUBLE) AS impressions,
    CAST(sum(capped_impressions) AS DOUBLE) AS capped_impressions
  FROM ${source} GROUP BY ALL ORDER BY title_id, "row"`;
const distinctSql = (source: string): string => `
  SELECT title_id, CAST(register AS INTEGER) AS register, CAST(max(rank) AS INTEGER) AS rank
  FROM ${source} GROUP BY ALL ORDER BY title_id, register`;
const expectedSql = (source: string): string => `
  SELECT title_id, country, hour_of_week, CAST(capped_plays AS DOUBLE) AS capped_plays, hours
  FROM ${source} ORDER BY title_id, country, hour_of_week`;
const NO_ROWS = `SELECT '' AS title_id, '' AS "row", 0::DOUBLE AS impressions, 0::DOUBLE AS capped_impressions WHERE false`;
const NO_DISTINCT = `SELECT '' AS title_id, 0::INTEGER AS register, 0::INTEGER AS rank WHERE false`;
