import { randomUUID } from 'node:crypto';
import type { Region } from '../../domain/ids.ts';
import { REFRESH_TIMEOUT_MS, type PublishOutcome } from '../../domain/publishing.ts';
import type { ViewName } from '../../domain/views.ts';
import { askedRefreshId, refreshTypeOf } from '../../domain/workflow-ids.ts';
import { outcomeOf } from './outcomes.ts';
import type { Temporal } from './client.ts';

export interface RefreshClient {
  /** Starts a refresh at once, beside any scheduled one, and resolves with its workflow id. */
  start(view: ViewName): Promise<string>;
  /** Waits for a refresh to end. Throws what made it fail, under its code. */
  result(workflowId: string): Promise<PublishOutcome>;
  /** Both. */
  refresh(view: ViewName): Promise<PublishOutcome>;
}

/** Refreshes outside the schedule: by operators, the demo and tests. */
export function createRefreshes({ temporal, region }: { temporal: Temporal; region: Region }): RefreshClient {
  async function start(view: ViewName): Promise<string> {
    const workflowId = askedRefreshId(region, view, randomUUID());
    await temporal.request((client) =>
      client.workflow.start(refreshTypeOf(view), {
        workflowId,
        taskQueue: temporal.taskQueue,
        workflowExecutionTimeout: REFRESH_TIMEOUT_MS,
        args: [{ view }],
      }),
    );
    return workflowId;
  }

  const result = (workflowId: string): Promise<PublishOutcome> =>
    outcomeOf(() => temporal.client.workflow.getHandle(workflowId).result() as Promise<PublishOutcome>);

  return { start, result, refresh: async (view) => result(await start(view)) };
}
