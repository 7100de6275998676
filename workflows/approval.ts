import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { BackfillProgress } from '../domain/backfill.ts';
import { refusal } from './failures.ts';
import { approveUpdate, progressQuery, type Approval } from './messages.ts';

/** What a running backfill says of itself, and the approval it waits for. */
export interface Tracker {
  readonly progress: BackfillProgress;
  readonly approver: string | null;
  advance(change: Partial<BackfillProgress>): void;
  /** Waits for an approval; false when none came in time. */
  approved(timeoutMs: number): Promise<boolean>;
}

/** Begins to answer the query `progress` and to take the update `approve`. Call it before anything is awaited. */
export function trackBackfill(hoursTotal: number): Tracker {
  let approver: string | null = null;
  let progress: BackfillProgress = { phase: 'planning', hoursDone: 0, hoursTotal, base: null, diff: null };

  function approve(approval: Approval): BackfillProgress {
    approver = approval.approver;
    // At once, so that who asks after approving does not find it waiting still.
    progress = { ...progress, phase: 'publishing' };
    return progress;
  }

  function refuseApproval({ approver: name }: Approval): void {
    if (progress.phase !== 'waiting') {
      throw refusal('BACKFILL_NOT_WAITING', { id: workflowInfo().workflowId, phase: progress.phase });
    }
    if (name.trim() === '') {
      throw refusal('REQUEST_INVALID', { field: 'approver', shape: 'empty', expected: 'who approves' });
    }
  }

  setHandler(progressQuery, () => progress);
  setHandler(approveUpdate, approve, { validator: refuseApproval });
  return {
    get progress() {
      return progress;
    },
    get approver() {
      return approver;
    },
    advance: (change) => void (progress = { ...progress, ...change }),
    approved: (timeoutMs) => condition(() => approver !== null, timeoutMs),
  };
}
