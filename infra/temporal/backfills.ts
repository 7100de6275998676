import type { WorkflowHandle } from '@temporalio/client';
import {
  parseHourRange,
  type BackfillOrder,
  type BackfillProgress,
  type BackfillReport,
  type BackfillResult,
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
import { startBackfill } from './backfill-starts.ts';
import type { Temporal } from './client.ts';
import { answerOf, endingOf, listRuns, orMissing, standingOf, tellRun, type Execution } from './runs.ts';

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

export function createBackfills({ temporal, region, settings }: BackfillClientDeps): BackfillClient {
  async function start(order: BackfillOrder): Promise<{ id: string }> {
    const { from, to, view, dryRun } = order;
    parseHourRange(from, to, settings.backfillMaxHours);
    const { approvalTimeoutMs } = settings;
    return startBackfill(temporal, {
      ...{ workflowType: WORKFLOW_TYPES.backfill, workflowId: backfillId(region, view), prefix: view },
      ...{ approvalTimeoutMs, input: { ...order, approvalTimeoutMs }, memo: { from, to, dryRun } },
    });
  }

  /** Runs a request about one backfill. */
  async function about<T>(id: string, work: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    const notFound = new MarqueeError('BACKFILL_NOT_FOUND', { id });
    const [view = '', runId = ''] = id.split('.');
    if (!VIEW_NAME.test(view) || !RUN_ID.test(runId)) throw notFound;
    const workflowId = backfillId(region, viewName(view));
    return orMissing(notFound, () =>
      temporal.request((client) => work(client.workflow.getHandle(workflowId, runId))),
    );
  }

  const get = (id: string): Promise<BackfillReport> =>
    about(id, async (handle) => {
      const summary = summaryOf(region, await handle.describe());
      if (summary.state !== 'running')
        return { ...summary, progress: null, ...(await endingOf<BackfillResult>(handle, summary.state)) };
      const progress = await answerOf(temporal, () => handle.query<BackfillProgress>(PROGRESS_QUERY));
      return { ...summary, progress, result: null, error: null };
    });

  async function approve(id: string, approver: string): Promise<BackfillReport> {
    const ended = new MarqueeError('BACKFILL_NOT_WAITING', { id, phase: 'done' });
    await about(id, (handle) => tellRun(handle, APPROVE_UPDATE, { approver }, ended));
    return get(id);
  }

  async function cancel(id: string): Promise<BackfillReport> {
    await about(id, async (handle) => {
      if ((await handle.describe()).status.name === 'RUNNING') await handle.cancel();
    });
    return get(id);
  }

  const list = (limit = 50): Promise<BackfillSummary[]> =>
    listRuns(
      temporal,
      WORKFLOW_TYPES.backfill,
      (run) => (viewOfBackfillId(region, run.workflowId) === undefined ? undefined : summaryOf(region, run)),
      limit,
    );

  return { start, get, approve, cancel, list };
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
    ...standingOf(run),
  };
}
