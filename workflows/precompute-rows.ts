import { executeChild, ParentClosePolicy, patched, workflowInfo } from '@temporalio/workflow';
import type { PublishOutcome } from '../domain/publishing.ts';
import { precomputeId, regionOf } from '../domain/workflow-ids.ts';
import { heavy, quick } from './activity-proxies.ts';
import { fanOut } from './fan-out.ts';
import { beginFollowUp } from './follow-up.ts';
import { trackJob } from './job.ts';
import { publishView } from './publish-view.ts';
import { show } from './visibility.ts';
import { clearWorkingPlace } from './working-place.ts';

/** Makes the best titles of every profile ahead, shard by shard on all workers, by the model that is current. */
export async function precomputeRows(): Promise<PublishOutcome | null> {
  const job = trackJob();
  const { firstExecutionRunId: work, startTime, workflowId } = workflowInfo();
  const asOf = startTime.toISOString();
  try {
    const published = await job.run(async () => {
      const planned = await quick.planRows({ asOf });
      if (planned === null) return null;
      const { view, parent, unchanged, window, ...order } = planned;
      show({ phase: 'precomputing', view });
      if (unchanged) return { outcome: 'unchanged', view, version: parent } as const;
      job.advance({ phase: 'preparing' });
      const { plan, isEmpty } = await quick.planTraining({ asOf, names: [order.model] });
      if (isEmpty) return null;
      await heavy.prepareTraining({ work, plan });
      const rows = { ...order, work, plan };
      job.advance({ phase: 'precomputing', share: 0.1 });
      const onDone = (done: number): void => job.advance({ share: 0.1 + (0.8 * done) / rows.shards });
      await fanOut(rows.shards, { window, gate: job.gate, onDone }, (shard) =>
        heavy.computeRows({ ...rows, shard }),
      );
      await job.gate();
      job.advance({ phase: 'publishing' });
      return executeChild(publishView, {
        workflowId: `${workflowId}:publish`,
        args: [{ view, parent, source: { kind: 'rows', rows } }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
    });
    return published ?? null;
  } finally {
    await clearWorkingPlace(work);
  }
}

/** Has rows made anew after what they are made from was published, unless a run is at it; does not wait for them. */
export async function precomputeAfter(): Promise<void> {
  // Runs that were begun before there were such rows go on without.
  if (!patched('precompute')) return;
  await beginFollowUp(
    precomputeRows,
    precomputeId(regionOf(workflowInfo().workflowId)),
    'rows are not made anew now',
  );
}
