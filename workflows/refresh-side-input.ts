import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { PARENT_MOVED, type PublishOutcome } from '../domain/publishing.ts';
import { outside } from './activity-proxies.ts';
import type { RefreshRequest } from './messages.ts';
import { publishView } from './publish-view.ts';

/** How often a version is begun anew because another was announced meanwhile. */
const MOST_TRIES = 3;

/** Ingests titles from their source, unless it has the bytes that the current version was made from, and publishes them. */
export const refreshCatalogue = (request: RefreshRequest): Promise<PublishOutcome> =>
  refreshSideInput(request);

/** The same for the rows of pages. */
export const refreshPages = (request: RefreshRequest): Promise<PublishOutcome> => refreshSideInput(request);

/** Reads a view's source and publishes what it says. */
export async function refreshSideInput({ view }: RefreshRequest): Promise<PublishOutcome> {
  for (let tries = 1; ; tries += 1) {
    const { parent, unchanged, reason } = await outside.planIngest({ view });
    if (unchanged)
      return { outcome: 'unchanged', view, version: parent, ...(reason === undefined ? {} : { reason }) };
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish`,
      args: [{ view, parent, source: { kind: 'ingest' } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    const lostRace = published.outcome === 'rejected' && published.rule === PARENT_MOVED;
    if (!lostRace || tries === MOST_TRIES) return published;
  }
}
