import { randomUUID } from 'node:crypto';
import type { Region } from '../../domain/ids.ts';
import { TRAINING_TIMEOUT_MS, type TrainResult } from '../../domain/training.ts';
import { askedTrainingId, WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import type { Temporal } from './client.ts';
import { outcomeOf } from './outcomes.ts';

export interface TrainingClient {
  /** Starts a training at once, of all models unless some are named, and resolves with its workflow id. */
  start(models?: readonly string[]): Promise<string>;
  /** Waits for a training to end. Throws what made it fail, under its code. */
  result(workflowId: string): Promise<TrainResult>;
  /** Both. */
  train(models?: readonly string[]): Promise<TrainResult>;
}

/** Trainings outside the schedule: by operators and tests. */
export function createTrainings({
  temporal,
  region,
}: {
  temporal: Temporal;
  region: Region;
}): TrainingClient {
  async function start(models?: readonly string[]): Promise<string> {
    const workflowId = askedTrainingId(region, randomUUID());
    await temporal.request((client) =>
      client.workflow.start(WORKFLOW_TYPES.train, {
        workflowId,
        taskQueue: temporal.taskQueue,
        workflowExecutionTimeout: TRAINING_TIMEOUT_MS,
        args: [models === undefined ? {} : { models }],
        memo: { asked: true, models: models ?? 'all' },
      }),
    );
    return workflowId;
  }

  const result = (workflowId: string): Promise<TrainResult> =>
    outcomeOf(() => temporal.client.workflow.getHandle(workflowId).result() as Promise<TrainResult>);

  return { start, result, train: async (models) => result(await start(models)) };
}
