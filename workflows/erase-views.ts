import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { heavy, quick } from './activity-proxies.ts';
import { publishView } from './publish-view.ts';

/** Publishes versions without a profile, and takes those with it away once nobody is served them. */
export async function eraseFromViews(
  erasure: string,
): Promise<{ readonly removed: number; readonly waitsFor: readonly string[] }> {
  const waitsFor: string[] = [];
  let removed = 0;
  for (const { view, current, pinned, others } of await heavy.versionsWithErased({ id: erasure })) {
    if (others.length > 0) await quick.removeVersions({ view, versions: others });
    removed += others.length;
    if (pinned !== null)
      waitsFor.push(`view ${view} is pinned to version ${pinned}, which holds the profile`);
    if (current === null) continue;
    const published = await executeChild(publishView, {
      workflowId: `${workflowInfo().workflowId}:publish:${view}:${current}`,
      args: [{ view, parent: current, source: { kind: 'erasure', erasure } }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    // The version before is looked at once more: by then nobody is served it.
    const why = published.outcome === 'rejected' ? `: ${published.reason}` : '';
    waitsFor.push(`view ${view}: the version without the profile is ${published.outcome}${why}`);
  }
  return { removed, waitsFor };
}
