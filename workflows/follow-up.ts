import { log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { TRAINING_TIMEOUT_MS } from '../domain/training.ts';
import { reasonOf } from './failures.ts';

/** Begins a run that goes on when this one ends, unless one of that id is at it, and does not wait for it; `missed` is logged where it cannot begin. */
export async function beginFollowUp(
  workflow: () => Promise<unknown>,
  workflowId: string,
  missed: string,
): Promise<void> {
  await startChild(workflow, {
    workflowId,
    workflowExecutionTimeout: TRAINING_TIMEOUT_MS,
    args: [],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  }).catch((error: unknown) => log.info(missed, { reason: reasonOf(error) }));
}
