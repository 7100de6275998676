import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
} from '@temporalio/client';
import {
  parseHourRange,
  type BackfillOrder,
  type BackfillProgress,
  type BackfillReport,
  type BackfillResult,
  type BackfillState,
  type BackfillSummary,
} from '../../domain/backfill.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { VIEW_NAME, viewName } from '../../domain/views.ts';
import {
  APPROVE_UPDATE,
  backfillId,
  PROGRESS_QUERY,
  viewOfBackfillId,
  WORKFLOW_TYPES,
} from '../../domain/workflow-ids.ts';
import type { Config } from '../config.ts';
import type { Temporal } from './client.ts';
import { outcomeOf, ownError } from './outcomes.ts';

/**
 * Backfills as operators see them. Every verb answers within Temporal's request timeout or throws
 * WORKFLOW_SERVICE_UNAVAILABLE; those that take an id throw BACKFILL_NOT_FOUND.
 */
export interface BackfillClient {
  /** Refuses at once: BACKFILL_RANGE_INVALID, or BACKFILL_OVERLAP naming the one that runs. */
  start(order: BackfillOrder): Promise<{ readonly id: string }>;
  get(id: string): Promise<BackfillReport>;
  /** BACKFILL_NOT_WAITING unless it waits for approval. */
  approve(id: string, approver: string): Promise<BackfillReport>;
  /** Asks it to stop; one that has ended stays as it is. */
  cancel(id: string): Promise<BackfillReport>;
  /** Newest first, at most `limit` (default 50). */
  list(limit?: number): Promise<BackfillSummary[]>;
}

export interface BackfillClientDeps {
  readonly temporal: Temporal;
  readonly region: Region;
  readonly settings: Pick<Config['temporal'], 'backfillMaxHours' | 'approvalTimeoutMs'>;
}

const RUN_ID = /^[0-9a-zA-Z-]{1,64}$/;
/** A backfill that works for longer than this, waiting for approval aside, is ended. */
const WORK_TIMEOUT_MS = 24 * 3_600_000;
/** A query waits for a worker: without one, what is known otherwise is the answer. */
const QUERY_TIMEOUT_MS = 2000;

export function createBackfills({ temporal, region, settings }: BackfillClientDeps): BackfillClient {
  async function start(order: BackfillOrder): Promise<{ id: string }> {
    parseHourRange(order.from, order.to, settings.backfillMaxHours);
    const workflowId = backfillId(region, order.view);
    return temporal.request(async (client) => {
      try {
        const { firstExecutionRunId } = await client.workflow.start(WORKFLOW_TYPES.backfill, {
          workflowId,
          taskQueue: temporal.taskQueue,
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowExecutionTimeout: settings.approvalTimeoutMs + WORK_TIMEOUT_MS,
          args: [{ ...order, approvalTimeoutMs: settings.approvalTimeoutMs }],
          memo: { from: order.from, to: order.to, dryRun: order.dryRun },
        });
        return { id: `${order.view}.${firstExecutionRunId}` };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const { runId } = await client.workflow.getHandle(workflowId).describe();
        throw new MarqueeError('BACKFILL_OVERLAP', { running: `${order.view}.${runId}`, view: order.view });
      }
    });
  }

  /** Runs a request about one backfill. */
  async function about<T>(id: string, work: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    const [view = '', runId = ''] = id.split('.');
    if (!VIEW_NAME.test(view) || !RUN_ID.test(runId)) throw new MarqueeError('BACKFILL_NOT_FOUND', { id });
    try {
      const workflowId = backfillId(region, viewName(view));
      return await temporal.request((client) => work(client.workflow.getHandle(workflowId, runId)));
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? new MarqueeError('BACKFILL_NOT_FOUND', { id }) : error;
    }
  }

  async function get(id: string): Promise<BackfillReport> {
    return about(id, async (handle) => {
      const summary = summaryOf(region, await handle.describe());
      const report = { ...summary, progress: null, result: null, error: null };
      if (summary.state === 'running') return { ...report, progress: await askProgress(handle) };
      try {
        const result = await outcomeOf(() => handle.result() as Promise<BackfillResult>);
        return { ...report, result };
      } catch (error) {
        const { code, message } = ownError(error);
        return summary.state === 'failed' ? { ...report, error: { code, message } } : report;
      }
    });
  }

  const askProgress = (handle: WorkflowHandle): Promise<BackfillProgress | null> =>
    temporal
      .request(() => handle.query<BackfillProgress>(PROGRESS_QUERY), QUERY_TIMEOUT_MS)
      .catch(() => null);

  async function approve(id: string, approver: string): Promise<BackfillReport> {
    await about(id, async (handle) => {
      try {
        await handle.executeUpdate(APPROVE_UPDATE, { args: [{ approver }] });
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) throw ownError(error.cause);
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await handle.describe();
        throw new MarqueeError('BACKFILL_NOT_WAITING', { id, phase: 'done' });
      }
    });
    return get(id);
  }

  async function cancel(id: string): Promise<BackfillReport> {
    await about(id, async (handle) => {
      if ((await handle.describe()).status.name === 'RUNNING') await handle.cancel();
    });
    return get(id);
  }

  async function list(limit = 50): Promise<BackfillSummary[]> {
    const query = `WorkflowType = '${WORKFLOW_TYPES.backfill}' AND TaskQueue = '${temporal.taskQueue}'`;
    return temporal.request(async (client) => {
      const found: BackfillSummary[] = [];
      for await (const run of client.workflow.list({ query, pageSize: Math.min(limit, 100) })) {
        if (viewOfBackfillId(region, run.workflowId) !== undefined) found.push(summaryOf(region, run));
        if (found.length >= limit) break;
      }
      return found;
    });
  }

  return { start, get, approve, cancel, list };
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

interface Execution extends Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'startTime'> {
  readonly status: { readonly name: string };
  readonly memo?: Record<string, unknown> | undefined;
  readonly closeTime?: Date | undefined;
}

function summaryOf(region: Region, run: Execution): BackfillSummary {
  const view = viewOfBackfillId(region, run.workflowId) ?? viewName('unknown');
  const { from, to, dryRun } = (run.memo ?? {}) as Partial<BackfillOrder>;
  return {
    id: `${view}.${run.runId}`,
    view,
    from: from ?? '',
    to: to ?? '',
    dryRun: dryRun ?? false,
    state: STATES[run.status.name] ?? 'failed',
    startedAt: run.startTime.toISOString(),
    closedAt: run.closeTime?.toISOString() ?? null,
  };
}
