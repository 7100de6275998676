/** How rows, and the places in them, do: published like any view, for who orders rows and for who asks how a row does. */
import type { TableInput } from './manifest.ts';
import { viewName } from './views.ts';

/**
 * The published performance: Parquet parts over the last weeks of impressions and attributed plays. All have shown (BIGINT,
 * sightings), taken (BIGINT, plays that attribution traced to one) and rate (DOUBLE, taken over shown), and beside the raw
 * rate what it would be at the place that is looked at most (domain/position-bias.ts): unbiased_rate (DOUBLE) and
 * unbiased_error (DOUBLE, its standard error; ± 1.96 of it is an interval of 95 %, and 0 where nothing was taken).
 *
 * - `rows`, keyed by row_id (VARCHAR).
 * - `positions`, keyed by position (INTEGER, from 0, the rank of an impression): propensity (DOUBLE, 0.01 to 1) is how often
 *   a title there is looked at, beside the place that is looked at most.
 * - `row-positions`, keyed by row_id and position.
 * - `promotions`, keyed by promotion_id (VARCHAR): shown and taken alone, of impressions that name one; not in versions from before
 *   there were any.
 */
export const ROW_PERFORMANCE_VIEW = viewName('row-performance');
export const ROW_PERFORMANCE_PARTS = {
  rows: 'rows',
  positions: 'positions',
  rowPositions: 'row-positions',
  promotions: 'promotions',
} as const;

/** What performance is worked out from: the same plan gives the same bytes. */
export interface PerformancePlan {
  /** Both tables, each with the snapshot to read. */
  readonly inputs: readonly TableInput[];
  /** ISO instant after the newest row of the inputs was logged: ages are told from here. */
  readonly asOf: string;
}
