import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { ModelAt } from '../activities/activities.ts';
import type { PublishOutcome } from '../domain/publishing.ts';
import type { ModelOutcome, ModelTarget, PreparedSet, TrainingSetPlan } from '../domain/training.ts';
import { heavy } from './activity-proxies.ts';
import { fanOut } from './fan-out.ts';
import type { Job } from './job.ts';
import { publishView } from './publish-view.ts';

/** One model of a run. */
export interface ModelRun {
  readonly target: ModelTarget;
  readonly work: string;
  readonly plan: TrainingSetPlan;
  readonly set: PreparedSet;
}

/** The sides of an iteration, in the order in which they are solved. */
const SIDES = ['profiles', 'titles'] as const;

/**
 * Trains a model, in one activity or, where there is much data, shard by shard on all workers; holds it against the
 * current version; publishes it. `between` is called after each iteration of a shared training.
 */
export async function trainModel(
  job: Job,
  { target, work, plan, set }: ModelRun,
  from: number,
  between: (iteration: number, iterations: number) => Promise<void>,
): Promise<ModelOutcome> {
  const { model, view, parent, attempt } = target;
  const at: ModelAt = { work, model, parent, attempt };
  job.advance({ phase: 'training', subject: model });
  if (target.isSharded && set.shards > 0) await trainShards(job, at, set, from, between);
  else await heavy.trainModel(at);
  await job.gate();
  job.advance({ phase: 'evaluating' });
  const scores = await heavy.evaluateModel(at);
  await job.gate();
  job.advance({ phase: 'publishing' });
  const published: PublishOutcome = await executeChild(publishView, {
    workflowId: `${workflowInfo().workflowId}:publish:${model}`,
    args: [
      { view, parent, source: { kind: 'training', trained: { model, work, plan, scores, attempt }, set } },
    ],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
  return { model, scores, ...published };
}

async function trainShards(
  job: Job,
  at: ModelAt,
  { shards: wanted, window }: PreparedSet,
  from: number,
  between: (iteration: number, iterations: number) => Promise<void>,
): Promise<void> {
  const { iterations, mostShards } = await heavy.beginTraining(at);
  for (let iteration = from + 1; iteration <= iterations; iteration += 1) {
    for (const side of SIDES) {
      const shards = Math.min(wanted, mostShards[side]);
      await fanOut(shards, { window, gate: job.gate }, (shard) =>
        heavy.trainShard({ ...at, step: { iteration, side, shard, shards } }),
      );
    }
    await between(iteration, iterations);
  }
  await heavy.endTraining(at);
}
