import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { progressOf, type JobState } from '../domain/jobs.ts';
import { refusal } from './failures.ts';
import { cancelUpdate, jobProgressQuery, pauseUpdate, resumeUpdate } from './messages.ts';

/** Work that says how far it has come, and can be paused, resumed and cancelled. */
export interface Job {
  /** Runs the work where the update `cancel` reaches it; undefined when that ended it. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
  advance(change: Partial<Pick<JobState, 'phase' | 'subject' | 'share'>>): void;
  /** Between two steps: waits for as long as the job is paused. */
  gate(): Promise<void>;
  /** Before the history is begun anew: what the next run goes on from. No message is lost. */
  carry(): Promise<JobState>;
}

/** Of a count that is published, the share that is counting. */
export const STAGED_SHARE = 0.9;

/** Begins to answer. Call it before anything is awaited. */
export function trackJob(carried?: JobState): Job {
  const scope = new CancellationScope();
  let state = carried ?? {
    startedMs: workflowInfo().startTime.getTime(),
    phase: 'planning',
    subject: null,
    share: 0,
    paused: false,
  };
  let end: 'running' | 'cancelled' | 'done' = 'running';

  const refuseUnless = (allowed: boolean, verb: string) => {
    const said = end !== 'running' ? end : state.paused ? 'paused' : 'running';
    if (!allowed) throw refusal('JOB_REFUSES', { id: workflowInfo().workflowId, state: said, verb });
  };
  const changeTo = (paused: boolean) => (): void => {
    state = { ...state, paused };
  };

  // A query is answered with the time that it is: no history hears of it.
  setHandler(jobProgressQuery, () => progressOf(state, workflowInfo().unsafe.now()));
  setHandler(pauseUpdate, changeTo(true), {
    validator: () => refuseUnless(end === 'running' && !state.paused, 'paused'),
  });
  setHandler(resumeUpdate, changeTo(false), {
    validator: () => refuseUnless(end === 'running' && state.paused, 'resumed'),
  });
  setHandler(
    cancelUpdate,
    () => {
      end = 'cancelled';
      state = { ...state, phase: 'cancelling', paused: false };
      scope.cancel();
    },
    { validator: () => refuseUnless(end === 'running', 'cancelled') },
  );

  return {
    async run(work) {
      try {
        const result = await scope.run(work);
        state = { ...state, phase: 'done', share: 1 };
        return result;
      } catch (error) {
        if (end === 'cancelled' && isCancellation(error)) return undefined;
        throw error;
      } finally {
        if (end === 'running') end = 'done';
        await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
      }
    },
    advance(change) {
      if (end !== 'running') return;
      state = { ...state, ...change, share: Math.max(state.share, change.share ?? 0) };
    },
    gate: () => condition(() => !state.paused),
    async carry() {
      await condition(allHandlersFinished);
      return state;
    },
  };
}
