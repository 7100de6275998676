import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { PARENT_MOVED, type PublishOutcome } from '../domain/publishing.ts';
import { quick } from './activity-proxies.ts';
import type { RefreshRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** How often a version is begun anew because another was announced meanwhile. */
const MOST_TRIES = 3;

/** Works out how rows and places in them did lately, unless nothing came since, and publishes it. */
export async function refreshRowPerformance({ view }: RefreshRequest): Promise<PublishOutcome> {
  for (let tries = 1; ; tries += 1) {
    const { parent, plan } = await quick.planPerformance();
    if (plan === undefined) return { outcome: 'unchanged', view, version: parent };
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish`,
      args: [{ view, parent, source: { kind: 'performance', plan } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (!lostRace || tries === MOST_TRIES) return published;
  }
}
