/** The view `neighbours`. */
import type { Manifest } from '../../domain/manifest.ts';
import type { NeighbourPairs } from '../../domain/ranking/model-columns.ts';
import { viewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readParts } from './part-columns.ts';

export const NEIGHBOURS_VIEW = viewName('neighbours');
const TEXTS_A_TURN = 2000;
const PAIRS_A_TURN = 50_000;

/** Throws VIEW_CORRUPT where the parts are not what the view is made of. */
export const createNeighboursLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<NeighbourPairs> =>
    readParts(duckdb, versionDir, manifest, async (parts) => {
      const source = parts.source('neighbours');
      const ids: string[] = [];
      await parts.run(
        `CREATE OR REPLACE TEMP TABLE pair_titles AS
           SELECT id, CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS place
           FROM (SELECT title_id AS id FROM ${source} UNION SELECT neighbour_id FROM ${source})`,
      );
      await parts.slices('SELECT id FROM pair_titles ORDER BY place', TEXTS_A_TURN, (slice) =>
        ids.push(...slice.texts('id')),
      );
      const rowCount = await parts.count(source);
      const columns = {
        titles: new Int32Array(rowCount),
        neighbours: new Int32Array(rowCount),
        scores: new Float32Array(rowCount),
      };
      let at = 0;
      await parts.slices(
        `SELECT a.place AS title, b.place AS neighbour, CAST(score AS FLOAT) AS score
         FROM ${source} AS pairs JOIN pair_titles AS a ON pairs.title_id = a.id
           JOIN pair_titles AS b ON pairs.neighbour_id = b.id
         ORDER BY a.place, pairs.rank`,
        PAIRS_A_TURN,
        (slice) => {
          columns.titles.set(slice.numbers('title', Int32Array), at);
          columns.neighbours.set(slice.numbers('neighbour', Int32Array), at);
          columns.scores.set(slice.numbers('score', Float32Array), at);
          at += slice.rowCount;
        },
      );
      await parts.run('DROP TABLE pair_titles');
      return { ids, ...columns };
    });
