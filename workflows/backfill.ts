import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import type { BasePlan } from '../activities/activities.ts';
import {
  EMPTY_DIFF,
  hoursOf,
  isEmptyDiff,
  joinDiffs,
  splitRange,
  type BackfillDiff,
  type BackfillOutcome,
  type BackfillResult,
  type HourRange,
} from '../domain/backfill.ts';
import { PARENT_MOVED, type PublishOutcome } from '../domain/publishing.ts';
import { heavy, quick } from './activity-proxies.ts';
import { trackBackfill, type Tracker } from './approval.ts';
import type { BackfillRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** Hours recomputed by one activity: what is shown as progress, and lost by a crash. */
const HOURS_A_STEP = 24;
/** How often publishing begins anew because another version was announced meanwhile. */
const MOST_TRIES = 3;

/**
 * Counts a range of hours anew from the lake, below the cut of the published version, and shows the difference. Unless
 * that was all that was asked for, waits for approval and publishes on the newest base: the difference is taken anew
 * where that is another one by then. Cancelling leaves nothing behind but a rejected version.
 */
export async function backfill(request: BackfillRequest): Promise<BackfillResult> {
  const { view } = request;
  const range: HourRange = { fromMs: Date.parse(request.from), toMs: Date.parse(request.to) };
  const tracker = trackBackfill(hoursOf(range));
  const first = await quick.planBackfill({ view });
  let base = first;
  let diff = await compare(request, range, base, tracker);

  const end = (outcome: BackfillOutcome, published?: PublishOutcome): BackfillResult => {
    tracker.advance({ phase: 'done' });
    const rebasedFrom = base.version === first.version ? null : first.version;
    return {
      ...publishedAs(published),
      outcome,
      base: base.version,
      diff,
      approver: tracker.approver,
      rebasedFrom,
    };
  };
  if (request.dryRun) return end('dry-run');
  if (isEmptyDiff(diff)) return end('unchanged');

  tracker.advance({ phase: 'waiting' });
  if (!(await tracker.approved(request.approvalTimeoutMs))) return end('expired');

  for (let tries = 1; ; tries += 1) {
    const newest = await quick.planBackfill({ view });
    if (newest.version !== base.version) {
      base = newest;
      diff = await compare(request, range, base, tracker);
      if (isEmptyDiff(diff)) return end('unchanged');
    }
    tracker.advance({ phase: 'publishing' });
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish`,
      args: [{ view, parent: base.version, source: { kind: 'backfill', plan: base.plan, range } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (!lostRace || tries === MOST_TRIES) return end(published.outcome, published);
  }
}

/** Recomputes the range run by run, telling how far it has come. */
async function compare(
  { view }: BackfillRequest,
  range: HourRange,
  { version, plan }: BasePlan,
  tracker: Tracker,
): Promise<BackfillDiff> {
  let diff = EMPTY_DIFF;
  let hoursDone = 0;
  tracker.advance({ phase: 'recomputing', hoursDone, base: version, diff: null });
  for (const run of splitRange(range, HOURS_A_STEP)) {
    diff = joinDiffs(diff, await heavy.diffRange({ view, base: version, plan, range: run }));
    hoursDone += hoursOf(run);
    tracker.advance({ hoursDone, diff });
  }
  return diff;
}

function publishedAs(
  published: PublishOutcome | undefined,
): Pick<BackfillResult, 'version' | 'rule' | 'reason'> {
  const refused = published?.outcome === 'rejected' ? published : undefined;
  const version = published === undefined || published.outcome === 'unchanged' ? null : published.version;
  return { version, rule: refused?.rule ?? null, reason: refused?.reason ?? null };
}
