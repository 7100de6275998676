import { condition, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import { waitMs } from '../domain/erasure/plan.ts';
import type { ErasurePhase, ErasureProgress } from '../domain/erasure/report.ts';
import { erasureProgressQuery, type ErasureRequest } from './messages.ts';
import { show } from './visibility.ts';

/** How far an erasure has come, for whoever asks, and whether it is still in time. */
export interface ErasureTracker {
  readonly requestedAt: string;
  readonly deadline: string;
  isOverdue(): boolean;
  enter(phase: ErasurePhase): void;
  /** Rows of a table are the surrogate's now. */
  rewritten(table: string, rows: number): void;
  /** Looks again and again until nothing is waited for, or the deadline has come. */
  until(look: () => Promise<readonly string[]>): Promise<void>;
}

/** Begins to answer. Call it before anything is awaited. */
export function trackErasure({ id, deadlineMs, pollMs }: ErasureRequest): ErasureTracker {
  const startedMs = workflowInfo().startTime.getTime();
  const requestedAt = new Date(startedMs).toISOString();
  const deadline = new Date(startedMs + deadlineMs).toISOString();
  let progress: ErasureProgress = { id, phase: 'marking', waitsFor: [], requestedAt, deadline, rows: {} };
  let overdue = false;
  setHandler(erasureProgressQuery, () => progress);
  void sleep(deadlineMs).then(
    () => (overdue = true),
    () => undefined,
  );
  return {
    requestedAt,
    deadline,
    isOverdue: () => overdue,
    enter(phase) {
      progress = { ...progress, phase, waitsFor: [] };
      show({ phase });
    },
    rewritten(table, rows) {
      progress = { ...progress, rows: { ...progress.rows, [table]: (progress.rows[table] ?? 0) + rows } };
    },
    async until(look) {
      for (let looks = 0; !overdue; looks += 1) {
        const waitsFor = await look();
        progress = { ...progress, waitsFor };
        if (waitsFor.length === 0) return;
        await condition(() => overdue, waitMs(looks, pollMs));
      }
    },
  };
}
