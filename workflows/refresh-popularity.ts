import { executeChild, ParentClosePolicy, patched, sleep, workflowInfo } from '@temporalio/workflow';
import { PARENT_MOVED, REFRESH_TIMEOUT_MS, type PublishOutcome } from '../domain/publishing.ts';
import { countId, regionOf } from '../domain/workflow-ids.ts';
import { quick } from './activity-proxies.ts';
import { extendAfter } from './extend-factors.ts';
import { isUnderWay } from './failures.ts';
import type { PublishRequest, RefreshRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** How often a version is begun anew because another was announced meanwhile. */
const MOST_TRIES = 3;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Counts the view, up to where the lake has read, and publishes it; has new titles and rows follow what it says now. Of runs
 * that meet, the nightly one among them, one counts and the others wait: else those that take minutes would take the
 * parent from under one that takes an hour, again and again.
 */
export async function refreshPopularity({ view, full = false }: RefreshRequest): Promise<PublishOutcome> {
  for (let tries = 1, waitMs = FIRST_WAIT_MS; ;) {
    const { plan, parent, unchanged } = await quick.planRefresh({ view, full });
    if (unchanged) return { outcome: 'unchanged', view, version: parent };
    const published = await publishAlone({ view, parent, source: { kind: 'refresh', plan, full } });
    if (published === 'another runs') {
      await sleep(waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      continue;
    }
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (lostRace && tries++ < MOST_TRIES) continue;
    if (published.outcome === 'announced') await extendAfter();
    return published;
  }
}

async function publishAlone(request: PublishRequest): Promise<PublishOutcome | 'another runs'> {
  const { workflowId } = workflowInfo();
  try {
    return await executeChild(publishView, {
      workflowId: patched('count-alone')
        ? countId(regionOf(workflowId), request.view)
        : `${workflowId}:publish`,
      args: [request],
      // One that no worker goes on with must not keep the others waiting for ever.
      workflowExecutionTimeout: REFRESH_TIMEOUT_MS,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
  } catch (error) {
    if (isUnderWay(error)) return 'another runs';
    throw error;
  }
}
