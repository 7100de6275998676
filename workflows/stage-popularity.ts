import { patched, workflowInfo } from '@temporalio/workflow';
import type { Staged, VersionAt } from '../activities/activities.ts';
import { heavy } from './activity-proxies.ts';
import { fanOut } from './fan-out.ts';
import { STAGED_SHARE, type Job } from './job.ts';
import type { PublishSource } from './messages.ts';
import { clearWorkingPlace } from './working-place.ts';

/**
 * Counts the view in one activity, or, where a long log is counted whole, piece by piece on all workers. A worker that is
 * lost costs the piece it was at.
 */
export async function stagePopularity(
  at: VersionAt,
  { plan, full = false }: PublishSource & { readonly kind: 'refresh' },
  job?: Job,
): Promise<Staged> {
  job?.advance({ phase: 'counting' });
  // Runs that were begun before counting could be shared go on without.
  if (!patched('count-pieces')) return heavy.computePopularity({ ...at, plan, full });
  const { mode, pieces, window } = await heavy.planCounting({ ...at, plan, full });
  if (pieces.length === 0) return heavy.computePopularity({ ...at, plan, full, mode });
  const work = `${workflowInfo().runId}-counting`;
  const { asOf } = at;
  try {
    const onDone = (done: number): void => job?.advance({ share: (STAGED_SHARE * done) / pieces.length });
    await fanOut(pieces.length, { window, onDone, ...(job && { gate: job.gate }) }, (nth) =>
      heavy.countPiece({ plan, work, piece: pieces[nth]!, asOf }),
    );
    return await heavy.joinPieces({ ...at, plan, full, work, pieces, mode });
  } finally {
    await clearWorkingPlace(work);
  }
}
