/** The view `ranking-policy`. */
import type { Manifest } from '../../domain/manifest.ts';
import { RANKING_POLICY_PART, type PolicySetting } from '../../domain/ranking-policy.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readPart } from '../side-inputs/columns.ts';

const SHAPE = { row_id: 'text', setting: 'text', text: 'text', number: 'number' } as const;

/** Settings in the order of the part. Throws VIEW_CORRUPT where it is not what the view is made of. */
export const createPolicyLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<readonly PolicySetting[]> =>
    readPart(duckdb, { versionDir, manifest, part: RANKING_POLICY_PART }, SHAPE, (columns) =>
      Array.from({ length: columns.rowCount }, (_, row) => ({
        rowId: columns.text('row_id', row),
        setting: columns.text('setting', row),
        value: columns.maybe('number', row) ?? columns.text('text', row),
      })),
    );
