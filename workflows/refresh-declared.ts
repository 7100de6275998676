import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { PARENT_MOVED, type PublishOutcome } from '../domain/publishing.ts';
import { quick } from './activity-proxies.ts';
import type { RefreshRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** How often a version is begun anew because another was announced meanwhile. */
const MOST_TRIES = 3;

/** Makes a view that a file of SQL declares, unless nothing that it reads has changed, and publishes it. */
export async function refreshDeclared({ view }: RefreshRequest): Promise<PublishOutcome> {
  for (let tries = 1; ; tries += 1) {
    const { parent, unchanged, plan } = await quick.planDeclared({ view });
    if (unchanged || plan === undefined) return { outcome: 'unchanged', view, version: parent };
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish`,
      args: [{ view, parent, source: { kind: 'declared', plan } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (!lostRace || tries === MOST_TRIES) return published;
  }
}
