import { ActivityFailure, ChildWorkflowFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import { continueAsNew } from '@temporalio/workflow';
import type { ModelOutcome, ModelTarget, TrainResult } from '../domain/training.ts';
import { heavy, quick } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';
import { trackJob, type Job } from './job.ts';
import type { TrainingState, TrainRequest } from './messages.ts';
import { precomputeAfter } from './precompute-rows.ts';
import { trainModel } from './train-model.ts';
import { show } from './visibility.ts';
import { clearWorkingPlace } from './working-place.ts';

/** Of the work on one model, its share that is training. */
const TRAINING_SHARE = 0.8;

/**
 * Trains models on what the lake says, one after the other over one training set, and publishes those that are no worse
 * than what is current. A model that cannot be trained does not keep the others from it.
 */
export async function trainModels(request: TrainRequest): Promise<TrainResult> {
  const job = trackJob(request.carried?.job);
  const work = request.carried?.work ?? workflowInfo().firstExecutionRunId;
  const done: ModelOutcome[] = [...(request.carried?.done ?? [])];
  let goesOn = false;
  show({ phase: 'training' });
  try {
    const ended = await job.run(async () => {
      const state = request.carried ?? (await begin(request, work, job));
      const { targets } = state.planned;
      for (const [index, target] of targets.entries()) {
        if (index < state.done.length) continue;
        const between = async (iteration: number, iterations: number): Promise<void> => {
          job.advance({ share: (index + (TRAINING_SHARE * iteration) / iterations) / targets.length });
          if (!isLong(request)) return;
          const carried = { ...state, done, iteration, job: await job.carry() };
          goesOn = true;
          await continueAsNew<typeof trainModels>({ ...request, carried });
        };
        await job.gate();
        done.push(
          await attempt(job, state, target, index === state.done.length ? state.iteration : 0, between),
        );
        job.advance({ share: (index + 1) / targets.length });
      }
      return true;
    });
    show({ phase: ended === true ? 'done' : 'cancelled' });
    if (done.some(({ outcome }) => outcome === 'announced')) await precomputeAfter();
    return { models: done, cancelled: ended !== true };
  } finally {
    if (!goesOn) await clearWorkingPlace(work);
  }
}

/** Names what is trained on what, and gathers the training set unless every model was trained on it already. */
async function begin({ models }: TrainRequest, work: string, job: Job): Promise<TrainingState> {
  const asOf = workflowInfo().startTime.toISOString();
  const planned = await quick.planTraining({ asOf, ...(models === undefined ? {} : { names: models }) });
  const isNeeded = !planned.isEmpty && planned.targets.some(({ unchanged }) => !unchanged);
  job.advance({ phase: 'preparing' });
  const set = isNeeded ? await heavy.prepareTraining({ work, plan: planned.plan }) : NOTHING;
  return { work, job: await job.carry(), planned, set, done: [], iteration: 0 };
}

const NOTHING = { profiles: 0, titles: 0, entries: 0, shards: 0, window: 1 } as const;

async function attempt(
  job: Job,
  { work, planned, set }: TrainingState,
  target: ModelTarget,
  from: number,
  between: (iteration: number, iterations: number) => Promise<void>,
): Promise<ModelOutcome> {
  const { model, view, parent, unchanged } = target;
  const named = { model, view, scores: {} };
  if (planned.isEmpty || unchanged) return { ...named, outcome: 'unchanged', version: parent };
  try {
    return await trainModel(job, { target, work, plan: planned.plan, set }, from, between);
  } catch (error) {
    const isOurs = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
    if (!isOurs || isCancellation(error)) throw error;
    return { ...named, outcome: 'failed', reason: reasonOf(error) };
  }
}

function isLong({ maxEvents }: TrainRequest): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return maxEvents === undefined ? continueAsNewSuggested : historyLength > maxEvents;
}
