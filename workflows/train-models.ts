import {
  ActivityFailure,
  ChildWorkflowFailure,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { continueAsNew } from '@temporalio/workflow';
import { PARENT_MOVED } from '../domain/publishing.ts';
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
/** How often a model is begun because another version of it was announced meanwhile. */
const MOST_TRIES = 3;

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
        await job.gate();
        const from = index === state.done.length ? state.iteration : 0;
        done.push(
          await attempt(job, state, target, from, async (now, iteration, iterations) => {
            job.advance({ share: (index + (TRAINING_SHARE * iteration) / iterations) / targets.length });
            if (!isLong(request)) return;
            const planned = { ...state.planned, targets: targets.with(index, now) };
            const carried = { ...state, planned, done, iteration, job: await job.carry() };
            goesOn = true;
            await continueAsNew<typeof trainModels>({ ...request, carried });
          }),
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

/** Where another version was announced meanwhile, as new titles lead to, it is trained anew from that one. */
async function attempt(
  job: Job,
  { work, planned, set }: TrainingState,
  asked: ModelTarget,
  from: number,
  between: (target: ModelTarget, iteration: number, iterations: number) => Promise<void>,
): Promise<ModelOutcome> {
  const { model, view } = asked;
  const { plan, isEmpty } = planned;
  const named = { model, view, scores: {} };
  try {
    for (let target = asked, begun = from; ; begun = 0) {
      const { parent, unchanged, attempt: again = 0 } = target;
      if (isEmpty || unchanged) return { ...named, outcome: 'unchanged', version: parent };
      const run = { target, work, plan, set };
      const outcome = await trainModel(job, run, begun, (...done) => between(target, ...done));
      const lostRace = outcome.outcome === 'rejected' && outcome.rule === PARENT_MOVED;
      if (!lostRace || again + 1 >= MOST_TRIES || !patched('train-anew')) return outcome;
      const now = await quick.planTraining({ asOf: plan.asOf, names: [model] });
      target = { ...now.targets[0]!, attempt: again + 1 };
    }
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
