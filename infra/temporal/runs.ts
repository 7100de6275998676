/** What every client of a workflow does alike: ask a run, tell it something, say how it ended, list those of a kind. */
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
} from '@temporalio/client';
import type { BackfillState } from '../../domain/backfill.ts';
import type { MarqueeError } from '../../domain/errors.ts';
import type { Temporal } from './client.ts';
import { outcomeOf, ownError } from './outcomes.ts';

/** A run as a description and a list both tell of it. */
export type Execution = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'startTime' | 'closeTime' | 'memo'
> & { readonly status: { readonly name: string } };

/** The part of a report that says how a run went. */
export interface Ending<R> {
  /** Null until it has completed. */
  readonly result: R | null;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

const STATES: Readonly<Record<string, BackfillState>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  CONTINUED_AS_NEW: 'completed',
};

/** A query waits for a worker: without one, what is known otherwise is the answer. */
const QUERY_TIMEOUT_MS = 2000;

/** What a run says of itself, and between which instants (ISO) it ran. */
export const standingOf = ({
  status,
  startTime,
  closeTime,
}: Execution): { state: BackfillState; startedAt: string; closedAt: string | null } => ({
  state: STATES[status.name] ?? 'failed',
  startedAt: startTime.toISOString(),
  closedAt: closeTime?.toISOString() ?? null,
});

/** Does what it is given, and throws `missing` where Temporal knows no such run. */
export async function orMissing<T>(missing: MarqueeError, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? missing : error;
  }
}

/** What queries of a run answer; null where no worker does within two seconds. */
export const answerOf = <T>(temporal: Temporal, ask: () => Promise<T>): Promise<T | null> =>
  temporal.request(ask, QUERY_TIMEOUT_MS).catch(() => null);

/** Sends an update. A refusal is thrown under its own code, and `ended` where the run is over. */
export async function tellRun(
  handle: WorkflowHandle,
  update: string,
  arg: object | undefined,
  ended: MarqueeError,
): Promise<void> {
  try {
    await (arg === undefined ? handle.executeUpdate(update) : handle.executeUpdate(update, { args: [arg] }));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw ownError(error.cause);
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Over, or never there: describing tells them apart by throwing.
    await handle.describe();
    throw ended;
  }
}

/** How a run that is closed ended. One that was cancelled or terminated has neither result nor error. */
export async function endingOf<R>(handle: WorkflowHandle, state: BackfillState): Promise<Ending<R>> {
  try {
    return { result: await outcomeOf(() => handle.result() as Promise<R>), error: null };
  } catch (error) {
    const { code, message } = ownError(error);
    return { result: null, error: state === 'failed' ? { code, message } : null };
  }
}

/** Runs of one type on this task queue, newest first, at most `limit`; those that `toSummary` makes nothing of are left out. */
export function listRuns<T>(
  temporal: Temporal,
  workflowType: string,
  toSummary: (run: Execution) => T | undefined,
  limit: number,
): Promise<T[]> {
  const query = `WorkflowType = '${workflowType}' AND TaskQueue = '${temporal.taskQueue}'`;
  return temporal.request(async (client) => {
    const found: T[] = [];
    for await (const run of client.workflow.list({ query, pageSize: Math.min(limit, 100) })) {
      const summary = toSummary(run);
      if (summary !== undefined) found.push(summary);
      if (found.length >= limit) break;
    }
    return found;
  });
}
