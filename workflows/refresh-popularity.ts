import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { PARENT_MOVED, type PublishOutcome } from '../domain/publishing.ts';
import { quick } from './activity-proxies.ts';
import { extendAfter } from './extend-factors.ts';
import type { RefreshRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** How often a version is begun anew because another was announced meanwhile. */
const MOST_TRIES = 3;

/** Counts the view, up to where the lake has read, and publishes it; has new titles and rows follow what it says now. */
export async function refreshPopularity({ view, full = false }: RefreshRequest): Promise<PublishOutcome> {
  for (let tries = 1; ; tries += 1) {
    const { plan, parent, unchanged } = await quick.planRefresh({ view, full });
    if (unchanged) return { outcome: 'unchanged', view, version: parent };
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish`,
      args: [{ view, parent, source: { kind: 'refresh', plan, full } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (lostRace && tries < MOST_TRIES) continue;
    if (published.outcome === 'announced') await extendAfter();
    return published;
  }
}
