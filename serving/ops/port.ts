/** Port: backfills as operators start and steer them. The adapter talks to Temporal. */
import type { BackfillOrder, BackfillReport, BackfillSummary } from '../../domain/backfill.ts';

/**
 * Every verb answers or throws: BACKFILL_RANGE_INVALID, BACKFILL_OVERLAP, BACKFILL_NOT_FOUND, BACKFILL_NOT_WAITING, or
 * WORKFLOW_SERVICE_UNAVAILABLE when Temporal does not answer.
 */
export interface BackfillClient {
  start(order: BackfillOrder): Promise<{ readonly id: string }>;
  get(id: string): Promise<BackfillReport>;
  /** Lets a backfill that waits for it publish. `approver` is kept for the record. */
  approve(id: string, approver: string): Promise<BackfillReport>;
  cancel(id: string): Promise<BackfillReport>;
  /** Newest first. */
  list(limit?: number): Promise<BackfillSummary[]>;
}
