import { log, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow';
import type { ComparedStep, ExclusionOrder } from '../activities/activities.ts';
import { viewName, type ViewName, type ViewVersion } from '../domain/views.ts';
import { courtesy, heavy, quick } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';
import type { PublishRequest } from './messages.ts';

const POPULARITY_VIEW = viewName('popularity');

/** Steps of one run; what is left then is compared by the next. */
const MOST_STEPS = 20;

export interface ReconcileRequest {
  readonly view: ViewName;
  /** What was corrected on purpose before: its blocks are not compared. */
  readonly correction?: ExclusionOrder;
}

/** Compares the lanes in every block below the current version's cut that was not compared yet, step by step. */
export async function reconcile({ view, correction }: ReconcileRequest): Promise<ComparedStep> {
  if (correction !== undefined) await quick.excludeFromParity(correction);
  const asOf = workflowInfo().startTime.toISOString();
  let all: ComparedStep = { compared: 0, differing: 0, excluded: 0, waiting: 1, open: 0 };
  for (let step = 0; step < MOST_STEPS && all.waiting > 0; step += 1) {
    const { compared, differing, excluded, waiting, open } = await heavy.compareLanes({ view, asOf, step });
    all = {
      compared: all.compared + compared,
      differing: all.differing + differing,
      excluded: all.excluded + excluded,
      waiting,
      open,
    };
  }
  return all;
}

/**
 * After a version of `popularity` was announced: begins the comparison and does not wait for it. Whatever becomes of that,
 * the version stands.
 */
export async function reconcileAfter({ view, source }: PublishRequest, version: ViewVersion): Promise<void> {
  // Runs that were begun before there was a comparison go on without.
  if (view !== POPULARITY_VIEW || !patched('reconcile')) return;
  // A run that nobody will work on would stay open.
  if (!(await courtesy.comparesLanes({}).catch(() => false))) return;
  const { workflowId } = workflowInfo();
  const name = `${workflowId}:${version}`;
  const request: ReconcileRequest =
    source.kind === 'backfill' ? { view, correction: { name, kind: 'backfill', ...source.range } } : { view };
  await startChild(reconcile, {
    workflowId: `${workflowId}:reconcile:${version}`,
    args: [request],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  }).catch((error: unknown) => log.warn('lanes are not compared', { reason: reasonOf(error) }));
}
