import type { DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { partSql } from '../../parts.ts';

/** Parts on local disk; undefined where there is no such view yet. */
export interface TitleSources {
  /** `items` of a version of `item-factors`. */
  readonly items: string;
  /** `entries` of the catalogue. */
  readonly catalogue: string | undefined;
  /** `totals` of popularity. */
  readonly totals: string | undefined;
}

/**
 * How many titles, topmost ones of the catalogue or watched, are not among the items. Episodes count for their series, as
 * they do in training.
 */
export async function countNewTitles(
  duckdb: DuckDb,
  { items, catalogue, totals }: TitleSources,
): Promise<number> {
  const entries =
    catalogue === undefined
      ? 'SELECT NULL::VARCHAR AS title_id, NULL::VARCHAR AS parent_id, NULL::VARCHAR AS root_title_id WHERE false'
      : `SELECT title_id, parent_id, root_title_id FROM ${partSql(catalogue)}`;
  const watched =
    totals === undefined
      ? 'SELECT NULL::VARCHAR AS title_id WHERE false'
      : `SELECT DISTINCT title_id FROM ${partSql(totals)} WHERE plays > 0`;
  const { columns } = await duckdb.use((connection) =>
    connection.query(`WITH entries AS (${entries}), watched AS (${watched}),
      found AS (
        SELECT title_id FROM entries WHERE parent_id IS NULL
        UNION
        SELECT coalesce(root_title_id, title_id) AS title_id FROM watched LEFT JOIN entries USING (title_id)
      )
      SELECT count(*) AS titles FROM found ANTI JOIN ${partSql(items)} AS items USING (title_id)`),
  );
  return Number(columns['titles']?.values[0]);
}
