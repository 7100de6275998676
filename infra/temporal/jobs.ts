import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { MarqueeError } from '../../domain/errors.ts';
import type { JobProgress } from '../../domain/jobs.ts';
import { CANCEL_UPDATE, PAUSE_UPDATE, PROGRESS_QUERY, RESUME_UPDATE } from '../../domain/workflow-ids.ts';
import type { Temporal } from './client.ts';
import { answerOf, orMissing, tellRun } from './runs.ts';

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

export function createJobs(temporal: Temporal): JobClient {
  const about = <T>(id: string, work: (handle: WorkflowHandle) => Promise<T>): Promise<T> =>
    orMissing(new MarqueeError('JOB_NOT_FOUND', { id }), () =>
      temporal.request((client) => work(client.workflow.getHandle(id))),
    );

  const update = (id: string, verb: string, done: string): Promise<void> =>
    about(id, (handle) =>
      tellRun(handle, verb, undefined, new MarqueeError('JOB_REFUSES', { id, state: 'done', verb: done })),
    );

  return {
    get: (id) =>
      about(id, async (handle) => {
        const { status, raw } = await handle.describe();
        const underWay = (raw.pendingActivities ?? []).map(({ activityType, attempt, heartbeatDetails }) => ({
          activity: activityType?.name ?? 'unknown',
          attempt: attempt ?? 1,
          told: firstOf(heartbeatDetails?.payloads),
        }));
        const progress =
          status.name === 'RUNNING'
            ? await answerOf(temporal, () => handle.query<JobProgress>(PROGRESS_QUERY))
            : null;
        return { id, state: status.name, progress, underWay };
      }),
    pause: (id) => update(id, PAUSE_UPDATE, 'paused'),
    resume: (id) => update(id, RESUME_UPDATE, 'resumed'),
    cancel: (id) => update(id, CANCEL_UPDATE, 'cancelled'),
  };
}

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][];

const firstOf = (payloads: Payloads | null | undefined): unknown =>
  payloads?.[0] === undefined ? null : defaultPayloadConverter.fromPayload(payloads[0]);
