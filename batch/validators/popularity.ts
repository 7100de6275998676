import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createChangedShare, type ChangedShareLimits } from './changed-share.ts';
import { createFreshness } from './freshness.ts';
import { createKeys } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import { createOrder, POPULARITY_ORDER } from './order.ts';
import type { Validator } from './validator.ts';

/** A version without a single total is not announced; a fifth of titles or counts may go by erasure or correction. */
const POPULARITY_LIMITS: ChangedShareLimits & {
  readonly minimumRows: Readonly<Record<string, number>>;
} = {
  minimumRows: { totals: 1 },
  vanishedTitles: 0.2,
  lostCounts: 0.2,
};

/** The rules of the view `popularity`, in the order in which they are asked. */
export function createPopularityValidators(duckdb: DuckDb, limits = POPULARITY_LIMITS): Validator[] {
  return [
    createMinimumRows(duckdb, limits.minimumRows),
    createKeys(duckdb),
    createOrder(duckdb, POPULARITY_ORDER),
    createFreshness(),
    createChangedShare(duckdb, limits),
  ];
}
