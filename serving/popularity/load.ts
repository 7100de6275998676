/** Loads a verified local copy of the view `popularity`: Parquet by DuckDB, columns to Arrow. */
import { findPart, type Manifest } from '../../domain/manifest.ts';
import { corrupt } from '../../domain/views.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { localPartPath } from '../../infra/hermes/subscriber.ts';
import { toArrow, type ArrowTable } from './columns.ts';
import { createPopularityView, MEASURE_COLUMNS, type PopularityView } from './view.ts';

export type LoadPopularity = (versionDir: string, manifest: Manifest) => Promise<PopularityView>;

/** Throws VIEW_CORRUPT when the parts are not what the view is made of. */
export function createPopularityLoader(duckdb: Pick<DuckDb, 'use'>): LoadPopularity {
  return (versionDir, manifest) =>
    duckdb.use(async (connection) => {
      const read = (name: string, extra: string): Promise<ArrowTable> => {
        const part =
          findPart(manifest, name) ?? corrupt(manifest.view, manifest.version)(`there is no part ${name}`);
        return readPart(connection, localPartPath(versionDir, part), extra);
      };
      try {
        const totals = await read('totals', '');
        return createPopularityView(totals, await read('recent', 'CAST(bucket AS INTEGER) AS bucket, '));
      } catch (error) {
        return corrupt(
          manifest.view,
          manifest.version,
        )(error instanceof Error ? error.message : String(error));
      }
    });
}

async function readPart(connection: DuckDbConnection, path: string, extra: string): Promise<ArrowTable> {
  const measures = MEASURE_COLUMNS.map((name) => `CAST(${name} AS DOUBLE) AS ${name}`).join(', ');
  const source = `read_parquet(${quoteText(path)})`;
  return toArrow(await connection.query(`SELECT title_id, country, ${extra}${measures} FROM ${source}`));
}
