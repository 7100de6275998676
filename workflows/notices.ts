import {
  CancellationScope,
  log,
  ParentClosePolicy,
  patched,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { draftNotice, noticeOfOutcome, stoppedNotice, type NoticeDraft } from '../domain/notices/notice.ts';
import type { PublishOutcome, Refusal } from '../domain/publishing.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import { NOTICE_TIMEOUT_MS, noticeWorkflowId, regionOf } from '../domain/workflow-ids.ts';
import { deliverNotice } from './deliver-notice.ts';
import { isUnderWay, reasonOf } from './failures.ts';

/** Begins to deliver a notice and does not wait for it. False where that could not be begun; true also where it was before. */
export async function beginDelivery(draft: NoticeDraft): Promise<boolean> {
  try {
    await startChild(deliverNotice, {
      workflowId: noticeWorkflowId(draft.region, draft.id),
      args: [draft],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowExecutionTimeout: NOTICE_TIMEOUT_MS,
    });
    return true;
  } catch (error) {
    if (isUnderWay(error)) return true;
    log.warn('a notice is not told', { notice: draft.id, reason: reasonOf(error) });
    return false;
  }
}

/** Has what came of an attempt to publish told. */
export async function tellOutcome(published: PublishOutcome): Promise<void> {
  const draft = noticeOfOutcome(regionOf(workflowInfo().workflowId), published);
  if (draft !== undefined) await tell(draft);
}

/** Has told that an attempt to publish did not come to its end, also when it was cancelled. */
export async function tellStopped(
  view: ViewName,
  version: ViewVersion | null,
  refusal: Refusal,
): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const draft = stoppedNotice({ region: regionOf(workflowId), view, version }, refusal, runId);
  await CancellationScope.nonCancellable(() => tell(draft));
}

/** Has told what serving a version to a few came to. */
export async function tellCanary(
  { view, version }: { readonly view: ViewName; readonly version: ViewVersion },
  refusal: Refusal | null,
  reason = 'it may be announced',
): Promise<void> {
  if (!patched('canary-told')) return;
  const { workflowId } = workflowInfo();
  const verdict = refusal ?? { rule: 'canary', reason };
  const about = { kind: 'canary', region: regionOf(workflowId), view, version } as const;
  await beginDelivery(draftNotice({ ...about, ...verdict, unique: version }));
}

async function tell(draft: NoticeDraft): Promise<void> {
  // Runs that were begun before anybody was told go on without.
  if (patched('notices')) await beginDelivery(draft);
}
