import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { MarqueeError } from '../../domain/errors.ts';
import type { Temporal } from './client.ts';

export interface BackfillStart {
  readonly workflowType: string;
  readonly workflowId: string;
  /** Of the run's own id in what operators are told: `<prefix>.<run>`. */
  readonly prefix: string;
  readonly approvalTimeoutMs: number;
  readonly input: unknown;
  readonly memo: Record<string, unknown>;
}

/** A backfill that works for longer than this, waiting for approval aside, is ended. */
const WORK_TIMEOUT_MS = 24 * 3_600_000;

/** Starts a backfill unless one of its workflow id runs: then BACKFILL_OVERLAP, naming that one. Resolves with its id. */
export function startBackfill(
  temporal: Temporal,
  { workflowType, workflowId, prefix, approvalTimeoutMs, input, memo }: BackfillStart,
): Promise<{ readonly id: string }> {
  return temporal.request(async (client) => {
    try {
      const { firstExecutionRunId } = await client.workflow.start(workflowType, {
        workflowId,
        taskQueue: temporal.taskQueue,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowExecutionTimeout: approvalTimeoutMs + WORK_TIMEOUT_MS,
        args: [input],
        memo,
      });
      return { id: `${prefix}.${firstExecutionRunId}` };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { runId } = await client.workflow.getHandle(workflowId).describe();
      throw new MarqueeError('BACKFILL_OVERLAP', { running: `${prefix}.${runId}`, view: prefix });
    }
  });
}
