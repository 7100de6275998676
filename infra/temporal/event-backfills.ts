/** Backfills of events as operators see them. */
import type { WorkflowHandle } from '@temporalio/client';
import { parseEventsOrder, type AskedEvents, type EventsOrder } from '../../domain/backfills/order.ts';
import type { EventsPlan, EventsResult, EventsState } from '../../domain/backfills/run.ts';
import type { BackfillState } from '../../domain/backfill.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { JobProgress } from '../../domain/jobs.ts';
import {
  APPROVE_UPDATE,
  CANCEL_UPDATE,
  EVENTS_QUERY,
  eventsBackfillId,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  RETRY_SHARD_UPDATE,
  WORKFLOW_TYPES,
} from '../../domain/workflow-ids.ts';
import type { Config } from '../config.ts';
import { startBackfill } from './backfill-starts.ts';
import type { Temporal } from './client.ts';
import {
  answerOf,
  endingOf,
  listRuns,
  orMissing,
  standingOf,
  tellRun,
  type Ending,
  type Execution,
} from './runs.ts';

/** One line of the list. Instants are ISO. */
export interface EventsSummary {
  /** `events.<run>`. */
  readonly id: string;
  readonly order: EventsOrder;
  readonly state: BackfillState;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

export interface EventsReport extends EventsSummary, Ending<EventsResult> {
  /** Null where no worker answers, and once it has ended. */
  readonly progress: (JobProgress & EventsState) | null;
}

/**
 * Every verb answers within Temporal's request timeout or throws WORKFLOW_SERVICE_UNAVAILABLE. A run is named by its id, or
 * by the name of its order: then the newest of that name. BACKFILL_NOT_FOUND where there is none.
 */
export interface EventBackfillClient {
  /** Refuses at once: BACKFILL_ORDER_INVALID, or BACKFILL_OVERLAP naming the one that runs. */
  start(asked: AskedEvents): Promise<{ readonly id: string }>;
  /**
   * Has what follows from the events of a run that was approved worked out anew, and said anew once that is approved as well.
   * BACKFILL_ORDER_INVALID where it laid nothing over the lake, JOB_REFUSES while it runs; else as `start`.
   */
  derive(idOrName: string, dryRun?: boolean): Promise<{ readonly id: string }>;
  get(idOrName: string): Promise<EventsReport>;
  /** BACKFILL_NOT_WAITING unless it waits for approval. */
  approve(idOrName: string, approver: string): Promise<EventsReport>;
  /** These throw JOB_REFUSES where the run is not such that they can be done. */
  pause(idOrName: string): Promise<EventsReport>;
  resume(idOrName: string): Promise<EventsReport>;
  cancel(idOrName: string): Promise<EventsReport>;
  retry(idOrName: string, shard: number): Promise<EventsReport>;
  /** Newest first, at most `limit` (default 50). */
  list(limit?: number): Promise<EventsSummary[]>;
}

export interface EventBackfillDeps {
  readonly temporal: Temporal;
  readonly region: Region;
  readonly settings: Pick<Config['temporal'], 'backfillMaxHours' | 'approvalTimeoutMs'>;
}

const EVENTS = 'events';
export const EVENTS_PREFIX = `${EVENTS}.`;
const RUN_ID = /^[0-9a-zA-Z-]{1,64}$/;

export function createEventBackfills({ temporal, region, settings }: EventBackfillDeps): EventBackfillClient {
  const workflowId = eventsBackfillId(region);

  function begin(order: EventsOrder, plan?: EventsPlan): Promise<{ readonly id: string }> {
    const { approvalTimeoutMs } = settings;
    return startBackfill(temporal, {
      ...{ workflowType: WORKFLOW_TYPES.backfillEvents, workflowId, prefix: EVENTS, approvalTimeoutMs },
      input: { order, approvalTimeoutMs, ...(plan && { plan }) },
      memo: { order },
    });
  }

  async function derive(idOrName: string, dryRun = false): Promise<{ readonly id: string }> {
    const { id, order, state, result } = await get(idOrName);
    if (state === 'running') throw new MarqueeError('JOB_REFUSES', { id, state, verb: 'derived from' });
    // One that failed on its way gives no result, and still answers.
    const { plan, approval } = result ?? (await about(id, eventsOf)) ?? { plan: null, approval: null };
    const isLaid = order.derives !== undefined || (approval !== null && order.reason !== 'fill');
    if (plan === null || !isLaid) {
      const reason = 'it laid no events over the lake that anything could follow from';
      throw new MarqueeError('BACKFILL_ORDER_INVALID', { name: order.name, reason });
    }
    return begin({ ...order, dryRun, derives: order.derives ?? id }, plan);
  }

  async function runIdOf(idOrName: string): Promise<string> {
    const notFound = new MarqueeError('BACKFILL_NOT_FOUND', { id: idOrName });
    if (idOrName.startsWith(EVENTS_PREFIX)) {
      const runId = idOrName.slice(EVENTS_PREFIX.length);
      if (!RUN_ID.test(runId)) throw notFound;
      return runId;
    }
    // The newest run first: the list may not have heard of it yet.
    const newest = await temporal
      .request((client) => client.workflow.getHandle(workflowId).describe())
      .catch(() => undefined);
    if (newest !== undefined && orderOf(newest).name === idOrName) return newest.runId;
    const found = (await list()).find(({ order }) => order.name === idOrName);
    if (found === undefined) throw notFound;
    return found.id.slice(EVENTS_PREFIX.length);
  }

  async function about<T>(idOrName: string, work: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    const runId = await runIdOf(idOrName);
    return orMissing(new MarqueeError('BACKFILL_NOT_FOUND', { id: idOrName }), () =>
      temporal.request((client) => work(client.workflow.getHandle(workflowId, runId))),
    );
  }

  const get = (idOrName: string): Promise<EventsReport> =>
    about(idOrName, async (handle) => {
      const summary = summaryOf(await handle.describe());
      if (summary.state !== 'running')
        return { ...summary, progress: null, ...(await endingOf<EventsResult>(handle, summary.state)) };
      return { ...summary, progress: await progressOf(handle), result: null, error: null };
    });

  const eventsOf = (handle: WorkflowHandle): Promise<EventsState | null> =>
    answerOf(temporal, () => handle.query<EventsState>(EVENTS_QUERY));

  const progressOf = (handle: WorkflowHandle): Promise<EventsReport['progress']> =>
    answerOf(temporal, async () => ({
      ...(await handle.query<EventsState>(EVENTS_QUERY)),
      ...(await handle.query<JobProgress>(PROGRESS_QUERY)),
    }));

  async function tell(
    idOrName: string,
    update: string,
    arg: object | undefined,
    ended: MarqueeError,
  ): Promise<EventsReport> {
    await about(idOrName, (handle) => tellRun(handle, update, arg, ended));
    return get(idOrName);
  }
  const refuses = (id: string, verb: string): MarqueeError =>
    new MarqueeError('JOB_REFUSES', { id, state: 'done', verb });

  const list = (limit = 50): Promise<EventsSummary[]> =>
    listRuns(temporal, WORKFLOW_TYPES.backfillEvents, summaryOf, limit);

  return {
    start: (asked) => begin(parseEventsOrder(asked, settings.backfillMaxHours)),
    ...{ derive, get, list },
    approve: (id, approver) =>
      tell(
        id,
        APPROVE_UPDATE,
        { approver, at: new Date().toISOString() },
        new MarqueeError('BACKFILL_NOT_WAITING', { id, phase: 'done' }),
      ),
    pause: (id) => tell(id, PAUSE_UPDATE, undefined, refuses(id, 'paused')),
    resume: (id) => tell(id, RESUME_UPDATE, undefined, refuses(id, 'resumed')),
    cancel: (id) => tell(id, CANCEL_UPDATE, undefined, refuses(id, 'cancelled')),
    retry: (id, shard) => tell(id, RETRY_SHARD_UPDATE, { shard }, refuses(id, 'told to fold a shard again')),
  };
}

const UNKNOWN: EventsOrder = {
  ...{ name: 'unknown', reason: 'correct', axis: 'arrival', from: null, to: null },
  ...{ titleId: null, producer: null, answers: 'recorded', dryRun: false },
};

const orderOf = ({ memo }: Pick<Execution, 'memo'>): EventsOrder =>
  (memo as { order?: EventsOrder } | undefined)?.order ?? UNKNOWN;

const summaryOf = (run: Execution): EventsSummary => ({
  id: `${EVENTS_PREFIX}${run.runId}`,
  order: orderOf(run),
  ...standingOf(run),
});
