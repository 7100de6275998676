import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { MarqueeError } from '../../domain/errors.ts';
import type { JobProgress } from '../../domain/jobs.ts';
import { CANCEL_UPDATE, PAUSE_UPDATE, PROGRESS_QUERY, RESUME_UPDATE } from '../../domain/workflow-ids.ts';
import type { Temporal } from './client.ts';
import { ownError } from './outcomes.ts';

/** An activity that is under way. */
export interface UnderWay {
  readonly activity: string;
  readonly attempt: number;
  /** What its newest heartbeat told: the share done, the step; null before the first. */
  readonly told: unknown;
}

export interface JobReport {
  readonly id: string;
  /** As Temporal says: RUNNING, COMPLETED, FAILED, … */
  readonly state: string;
  /** Null where no worker answers, or the job has ended. */
  readonly progress: JobProgress | null;
  readonly underWay: readonly UnderWay[];
}

/** Long-running work as operators see it, by workflow id. JOB_NOT_FOUND, WORKFLOW_SERVICE_UNAVAILABLE. */
export interface JobClient {
  get(id: string): Promise<JobReport>;
  /** JOB_REFUSES where the job is not in a state for it. */
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
}

/** A query waits for a worker: without one, what is known otherwise is the answer. */
const QUERY_TIMEOUT_MS = 2000;

export function createJobs(temporal: Temporal): JobClient {
  async function about<T>(id: string, work: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    try {
      return await temporal.request((client) => work(client.workflow.getHandle(id)));
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? new MarqueeError('JOB_NOT_FOUND', { id }) : error;
    }
  }

  const update = (id: string, verb: string, done: string): Promise<void> =>
    about(id, async (handle) => {
      try {
        await handle.executeUpdate(verb);
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) throw ownError(error.cause);
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await handle.describe();
        throw new MarqueeError('JOB_REFUSES', { id, state: 'done', verb: done });
      }
    });

  return {
    get: (id) =>
      about(id, async (handle) => {
        const { status, raw } = await handle.describe();
        const underWay = (raw.pendingActivities ?? []).map(({ activityType, attempt, heartbeatDetails }) => ({
          activity: activityType?.name ?? 'unknown',
          attempt: attempt ?? 1,
          told: firstOf(heartbeatDetails?.payloads),
        }));
        const progress = status.name === 'RUNNING' ? await askProgress(handle) : null;
        return { id, state: status.name, progress, underWay };
      }),
    pause: (id) => update(id, PAUSE_UPDATE, 'paused'),
    resume: (id) => update(id, RESUME_UPDATE, 'resumed'),
    cancel: (id) => update(id, CANCEL_UPDATE, 'cancelled'),
  };

  function askProgress(handle: WorkflowHandle): Promise<JobProgress | null> {
    return temporal
      .request(() => handle.query<JobProgress>(PROGRESS_QUERY), QUERY_TIMEOUT_MS)
      .catch(() => null);
  }
}

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][];

const firstOf = (payloads: Payloads | null | undefined): unknown =>
  payloads?.[0] === undefined ? null : defaultPayloadConverter.fromPayload(payloads[0]);
