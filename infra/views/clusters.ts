/** The view `clusters`. */
import type { Manifest } from '../../domain/manifest.ts';
import type { FactorRows } from '../../domain/ranking/model-columns.ts';
import { viewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { factorNames, readFactors, widthOf } from './factors.ts';
import { readParts } from './part-columns.ts';

export const CLUSTERS_VIEW = viewName('clusters');
const ROWS_A_TURN = 2000;

export interface ClusterColumns {
  /** Row-major, a row for each cluster. */
  readonly centres: Float32Array;
  readonly width: number;
  /** Each cluster's best titles, best first. */
  readonly lists: readonly { readonly ids: readonly string[]; readonly scores: readonly number[] }[];
  /** What profiles are folded into to be assigned: of the training that the centres are of. */
  readonly factors: FactorRows;
}

/** Throws VIEW_CORRUPT where the parts are not what the view is made of. */
export const createClustersLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<ClusterColumns> =>
    readParts(duckdb, versionDir, manifest, async (parts) => {
      const source = parts.source('centres');
      const width = await widthOf(parts, source);
      const names = factorNames(width);
      const rows = await parts.query(`SELECT ${names.join(', ')} FROM ${source} ORDER BY cluster`);
      const centres = new Float32Array(rows.rowCount * width);
      names.forEach((name, k) =>
        rows.numbers(name, Float32Array).forEach((value, row) => (centres[row * width + k] = value)),
      );
      const lists = Array.from({ length: rows.rowCount }, () => ({
        ids: [] as string[],
        scores: [] as number[],
      }));
      await parts.slices(
        `SELECT CAST(cluster AS INTEGER) AS cluster, title_id, CAST(score AS FLOAT) AS score
         FROM ${parts.source('best-titles')} ORDER BY cluster, rank`,
        ROWS_A_TURN,
        (slice) => {
          const [clusters, ids] = [slice.numbers('cluster', Int32Array), slice.texts('title_id')];
          const scores = slice.numbers('score', Float32Array);
          for (let row = 0; row < slice.rowCount; row++) {
            const list = lists[clusters[row]!];
            if (list === undefined) throw new RangeError(`there is no cluster ${clusters[row]}`);
            list.ids.push(ids[row]!);
            list.scores.push(scores[row]!);
          }
        },
      );
      return { centres, width, lists, factors: await readFactors(parts, 'factors') };
    });
