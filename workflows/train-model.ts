import { executeChild, ParentClosePolicy, patched, workflowInfo } from '@temporalio/workflow';
import type { ModelAt, SharedTraining } from '../activities/activities.ts';
import type { PublishOutcome } from '../domain/publishing.ts';
import {
  EVALUATION_SPLITS,
  type ModelOutcome,
  type ModelTarget,
  type PreparedSet,
  type TrainingSetPlan,
} from '../domain/training.ts';
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
 * Trains a model, in one activity or, where there is much data, shard by shard on all workers, as it is trained again for
 * each split that it is asked about; holds it against the current version; publishes it. `between` is called after each
 * iteration of a shared training, with how many are behind it of how many, those for the splits included; `from` is as many.
 */
export async function trainModel(
  job: Job,
  { target, work, plan, set }: ModelRun,
  from: number,
  between: Between,
): Promise<ModelOutcome> {
  const { model, view, parent, attempt } = target;
  const at: ModelAt = { work, model, parent, attempt };
  job.advance({ phase: 'training', subject: model });
  if (target.isSharded && set.shards > 0) await trainTogether(job, at, set, from, between);
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

type Between = (iteration: number, iterations: number) => Promise<void>;

/** What is published, then what is asked about each split: the same training, of the same number of iterations. */
async function trainTogether(
  job: Job,
  at: ModelAt,
  set: PreparedSet,
  from: number,
  between: Between,
): Promise<void> {
  const splits = patched('splits-shared') ? EVALUATION_SPLITS : [];
  const trainings: SharedTraining[] = [at, ...splits.map((split) => ({ ...at, split }))];
  for (const [nth, training] of trainings.entries()) {
    if (nth > 0) job.advance({ phase: 'evaluating' });
    await trainShards(job, training, set, { from, nth, of: trainings.length }, between);
  }
}

interface Place {
  /** Iterations of all trainings that are behind it. */
  readonly from: number;
  /** Which training of how many. */
  readonly nth: number;
  readonly of: number;
}

async function trainShards(
  job: Job,
  at: SharedTraining,
  { shards: wanted, window }: PreparedSet,
  { from, nth, of }: Place,
  between: Between,
): Promise<void> {
  const begun = await heavy.beginTraining(at);
  if (begun === null) return;
  const { iterations, mostShards } = begun;
  const before = nth * iterations;
  for (let iteration = Math.max(0, from - before) + 1; iteration <= iterations; iteration += 1) {
    for (const side of SIDES) {
      const shards = Math.min(wanted, mostShards[side]);
      await fanOut(shards, { window, gate: job.gate }, (shard) =>
        heavy.trainShard({ ...at, step: { iteration, side, shard, shards } }),
      );
    }
    await between(before + iteration, of * iterations);
  }
  await heavy.endTraining(at);
}
