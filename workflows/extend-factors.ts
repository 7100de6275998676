import { executeChild, ParentClosePolicy, patched, workflowInfo } from '@temporalio/workflow';
import type { PublishOutcome } from '../domain/publishing.ts';
import { extendId, regionOf } from '../domain/workflow-ids.ts';
import { heavy, quick } from './activity-proxies.ts';
import { beginFollowUp } from './follow-up.ts';
import { precomputeAfter } from './precompute-rows.ts';
import { publishView } from './publish-view.ts';
import { show } from './visibility.ts';
import { clearWorkingPlace } from './working-place.ts';

/**
 * Gives factors to titles that came after training, as a version that follows the current one; null before there is any.
 * Has rows made anew afterwards, whatever came of it.
 */
export async function extendFactors(): Promise<PublishOutcome | null> {
  try {
    return await extend();
  } finally {
    await precomputeAfter();
  }
}

async function extend(): Promise<PublishOutcome | null> {
  const { firstExecutionRunId: work, startTime, workflowId } = workflowInfo();
  const found = await heavy.findNewTitles();
  if (found === null) return null;
  const { view, parent, newTitles } = found;
  show({ phase: 'extending', view });
  const unchanged = { outcome: 'unchanged', view, version: parent } as const;
  if (newTitles === 0) return unchanged;
  try {
    const { plan } = await quick.planTraining({ asOf: startTime.toISOString(), names: [] });
    await heavy.prepareTraining({ work, plan });
    const { added } = await heavy.extendFactors({ work, parent });
    if (added === 0) return unchanged;
    return await executeChild(publishView, {
      workflowId: `${workflowId}:publish`,
      args: [{ view, parent, source: { kind: 'extension', extension: { work, plan } } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
  } finally {
    await clearWorkingPlace(work);
  }
}

/** After a version of popularity was announced: begins, unless a run is at it, and does not wait. Rows follow. */
export async function extendAfter(): Promise<void> {
  // Runs that were begun before go on with the rows.
  if (!patched('extend')) return precomputeAfter();
  await beginFollowUp(
    extendFactors,
    extendId(regionOf(workflowInfo().workflowId)),
    'factors are not extended now',
  );
}
