import {
  ActivityFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import type { EventsRunOf } from '../activities/activities.ts';
import { wordsSaid } from '../domain/backfills/derived-words.ts';
import { isSound, shadowRows, type EventsOutcome, type EventsResult } from '../domain/backfills/run.ts';
import { viewName } from '../domain/views.ts';
import { heavy, quick, shards } from './activity-proxies.ts';
import { trackEvents, type EventsTracker } from './events-tracker.ts';
import { reasonOf } from './failures.ts';
import { fanOut } from './fan-out.ts';
import { trackJob, type Job } from './job.ts';
import type { EventsRequest } from './messages.ts';
import { refreshPopularity } from './refresh-popularity.ts';
import { show } from './visibility.ts';
import { clearWorkingPlace } from './working-place.ts';

type Ended = Partial<Omit<EventsResult, 'outcome'>>;

/**
 * Folds a part of the raw log anew into a shadow beside the lake, looks it over, shows what views would say otherwise, and
 * once approved lays it over the lake in one commit and has popularity counted. Ended before that it leaves nothing behind.
 */
export async function backfillEvents(request: EventsRequest): Promise<EventsResult> {
  const { startTime, firstExecutionRunId: work } = workflowInfo();
  const [job, tracker] = [trackJob(), trackEvents(request.order)];
  const end = (outcome: EventsOutcome, ended: Ended = {}): EventsResult => {
    show({ phase: outcome });
    return { ...NOTHING, ...tracker.state, outcome, ...ended };
  };
  try {
    const begun = { order: request.order, work, asOf: startTime.toISOString() };
    const { plan } = request;
    const steps = (): Promise<EventsResult> =>
      plan === undefined
        ? climb(request, begun, job, tracker, end)
        : deriveAlone(request, { ...begun, plan }, job, tracker, end);
    return (await job.run(steps)) ?? end('cancelled');
  } finally {
    await clearWorkingPlace(work);
  }
}

const NOTHING = {
  ...{ swapped: null, redriven: null, derived: null, underivable: null },
  ...{ version: null, rule: null, reason: null },
};

async function climb(
  { order, approvalTimeoutMs }: EventsRequest,
  begun: Omit<EventsRunOf, 'plan'>,
  job: Job,
  tracker: EventsTracker,
  end: (outcome: EventsOutcome, ended?: Ended) => EventsResult,
): Promise<EventsResult> {
  const plan = await heavy.planEvents(begun);
  const run = { ...begun, plan };
  tracker.advance({ plan });
  enter(job, 'replaying');
  await fanOut(plan.shards.length, { window: plan.window, gate: job.gate }, async (shard) => {
    await foldShard(run, shard, job, tracker);
    job.advance({ share: (0.8 * tracker.state.shardsDone) / plan.shards.length });
  });
  for (;;) {
    await job.gate();
    enter(job, 'auditing');
    const audit = await heavy.auditShadow(run);
    tracker.advance({ audit });
    if (!isSound(audit)) return end('refused', refusedBy(audit.checks.find(({ ok }) => !ok)!));
    if (shadowRows(audit) === 0) return end('unchanged');
    enter(job, 'comparing');
    tracker.advance({ diff: await heavy.diffShadow(run) });
    if (order.dryRun) return end('dry-run');
    enter(job, 'waiting');
    const decided = await tracker.decision(approvalTimeoutMs);
    if (decided === undefined) return end('expired');
    if (decided === 'approved') break;
    await foldShard(run, decided, job, tracker);
  }
  await job.gate();
  return CancellationScope.nonCancellable(() => lay(run, job, tracker, end));
}

const refusedBy = ({ check, detail }: { check: string; detail: string }): Ended => ({
  rule: check,
  reason: detail,
});

function enter(job: Job, phase: string): void {
  job.advance({ phase });
  show({ phase });
}

/** A shard that fails for good waits until somebody wants it tried again; the others go on. */
async function foldShard(run: EventsRunOf, shard: number, job: Job, tracker: EventsTracker): Promise<void> {
  for (;;) {
    try {
      return tracker.shardEnded(shard, await shards.foldShard({ ...run, shard }));
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      tracker.shardEnded(shard, { reason: reasonOf(error) });
      await tracker.retryOf(shard);
      await job.gate();
    }
  }
}

/** Runs begun before what is derived was worked out anew leave it. */
const DERIVES = 'derives-anew';

/** The lake is corrected by now: views follow it all the same. */
async function derived(run: EventsRunOf): Promise<Ended> {
  try {
    return { derived: await heavy.correctDerived(run) };
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return { underivable: reasonOf(error) };
  }
}

/** What follows from events that an earlier run laid over the lake. */
async function deriveAlone(
  { order, approvalTimeoutMs }: EventsRequest,
  run: EventsRunOf,
  job: Job,
  tracker: EventsTracker,
  end: (outcome: EventsOutcome, ended?: Ended) => EventsResult,
): Promise<EventsResult> {
  tracker.advance({ plan: run.plan });
  enter(job, 'comparing');
  const diff = await heavy.diffShadow(run);
  tracker.advance({ diff });
  if (wordsSaid(diff.derived ?? []) === 0) return end('unchanged');
  if (order.dryRun) return end('dry-run');
  enter(job, 'waiting');
  if ((await tracker.decision(approvalTimeoutMs)) === undefined) return end('expired');
  await job.gate();
  enter(job, 'deriving');
  return CancellationScope.nonCancellable(async () =>
    end('derived', { derived: await heavy.correctDerived(run) }),
  );
}

/** From the first change on there is no way back but another backfill: it goes through to the end. */
async function lay(
  run: EventsRunOf,
  job: Job,
  { state }: EventsTracker,
  end: (outcome: EventsOutcome, ended?: Ended) => EventsResult,
): Promise<EventsResult> {
  const { workflowId, runId } = workflowInfo();
  const done: { -readonly [K in keyof Ended]: Ended[K] } = {};
  if (run.order.reason === 'fill') {
    enter(job, 'redriving');
    await heavy.redriveEvents(run);
    done.redriven = await heavy.awaitLanding(run);
  } else {
    enter(job, 'swapping');
    await quick.excludeBlocks({ name: `${workflowId}/${runId}`, touched: state.audit!.blocks });
    done.swapped = await heavy.swapShadow(run);
    // What the approved difference did not tell is not done, whatever this code could do.
    if (state.diff?.derived !== undefined && patched(DERIVES)) {
      enter(job, 'deriving');
      Object.assign(done, await derived(run));
    }
  }
  enter(job, 'publishing');
  const published = await executeChild(refreshPopularity, {
    workflowId: `${workflowId}:refresh`,
    args: [{ view: viewName('popularity') }],
  });
  const { version } = published;
  if (published.outcome === 'announced') return end('announced', { ...done, version });
  if (published.outcome === 'unchanged') return end('followed', { ...done, version });
  const { rule, reason } = published;
  return end('rejected', { ...done, version, rule, reason });
}
