import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type { Staged, VersionAt } from '../activities/activities.ts';
import type { PublishOutcome } from '../domain/publishing.ts';
import { courtesy, heavy, outside, quick } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';
import type { PublishRequest, PublishSource } from './messages.ts';
import { reconcileAfter } from './reconcile.ts';
import { show } from './visibility.ts';

/**
 * Publishes one version: claim a number, stage, verify, validate, announce. A version that does not come through is
 * rejected, whatever stopped it, and the one before stays current. Tries of one run share its number.
 */
export async function publishView(request: PublishRequest): Promise<PublishOutcome> {
  const published = await climb(request);
  show({ phase: published.outcome });
  return published;
}

async function climb(request: PublishRequest): Promise<PublishOutcome> {
  const { view, parent, source } = request;
  const { workflowId, runId, startTime } = workflowInfo();
  const run = { view, runId: `${workflowId}/${runId}` };
  try {
    const version = await quick.claimVersion(run);
    show({ phase: 'publishing', view, version });
    const at: VersionAt = { ...run, version, parent, asOf: startTime.toISOString() };
    const staged = await stage(at, source);
    if (staged.unchanged) {
      await quick.rejectVersion({ ...run, rule: 'unchanged', reason: `it says what version ${parent} says` });
      return { outcome: 'unchanged', view, version: parent };
    }
    const refusal =
      staged.refusal ??
      (await heavy.verifyVersion(at)) ??
      (await heavy.validateVersion(at)) ??
      // A version whose announcement may have gone through must not be rejected: a cancel waits for the outcome.
      (await CancellationScope.nonCancellable(() => quick.announceVersion(at)));
    if (refusal !== null) {
      await quick.rejectVersion({ ...run, ...refusal });
      return { outcome: 'rejected', view, version, ...refusal };
    }
    const notified = await courtesy.notifySubscribers({ view }).then(
      () => true,
      () => false,
    );
    await reconcileAfter(request, version);
    return { outcome: 'announced', view, version, parent, rowCounts: staged.rowCounts, notified };
  } catch (error) {
    const rule = isCancellation(error) ? 'cancelled' : 'failed';
    await CancellationScope.nonCancellable(() =>
      quick.rejectVersion({ ...run, rule, reason: reasonOf(error) }),
    ).catch((failure: unknown) => log.warn('version stays staged', { reason: reasonOf(failure) }));
    throw error;
  }
}

function stage(at: VersionAt, source: PublishSource): Promise<Staged> {
  switch (source.kind) {
    case 'ingest':
      return outside.ingestSource(at);
    case 'extension':
      return heavy.stageExtension({ ...at, extension: source.extension });
    case 'refresh':
      return heavy.computePopularity({ ...at, plan: source.plan, full: source.full === true });
    case 'performance':
      return heavy.stagePerformance({ ...at, plan: source.plan });
    case 'rows':
      return heavy.stageRows({ ...at, rows: source.rows });
    case 'training':
      return heavy.stageModel({ ...at, trained: source.trained, set: source.set });
    case 'backfill':
      return heavy.recomputeRange({ ...at, plan: source.plan, range: source.range });
  }
}
