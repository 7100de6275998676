import { randomUUID } from 'node:crypto';
import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import {
  LAKE_CARE_TIMEOUT_MS,
  type LakeCareRequest,
  type LakeCareResult,
  type LakeCareRun,
} from '../../domain/lake-care.ts';
import { askedLakeCareId, WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import type { Temporal } from './client.ts';
import { outcomeOf } from './outcomes.ts';
import { orMissing } from './runs.ts';

/** Care of the lake outside the schedule. All may throw WORKFLOW_SERVICE_UNAVAILABLE. */
export interface LakeCareClient {
  start(request: LakeCareRequest): Promise<{ readonly id: string }>;
  /** Throws JOB_NOT_FOUND. */
  get(id: string): Promise<LakeCareRun>;
  /** Waits for it to end. Throws what made it fail, under its code. */
  result(id: string): Promise<LakeCareResult>;
}

export function createLakeCares({
  temporal,
  region,
}: {
  temporal: Temporal;
  region: Region;
}): LakeCareClient {
  const result = (id: string): Promise<LakeCareResult> => {
    const handle = temporal.client.workflow.getHandle(askedLakeCareId(region, id));
    return outcomeOf(() => handle.result() as Promise<LakeCareResult>);
  };

  return {
    async start(request) {
      const id = randomUUID();
      await temporal.request((client) =>
        client.workflow.start(WORKFLOW_TYPES.careForLake, {
          workflowId: askedLakeCareId(region, id),
          taskQueue: temporal.taskQueue,
          workflowExecutionTimeout: LAKE_CARE_TIMEOUT_MS,
          args: [request],
          memo: { asked: true, dryRun: request.dryRun === true },
        }),
      );
      return { id };
    },
    get: (id) =>
      orMissing(new MarqueeError('JOB_NOT_FOUND', { id }), async () => {
        const handle = temporal.client.workflow.getHandle(askedLakeCareId(region, id));
        const { status } = await temporal.request(() => handle.describe());
        if (status.name === 'RUNNING') return { id, state: 'running', result: null };
        if (status.name !== 'COMPLETED') return { id, state: 'failed', result: null };
        return { id, state: 'done', result: await result(id) };
      }),
    result,
  };
}
