import { CancellationScope, isCancellation, log, patched, workflowInfo } from '@temporalio/workflow';
import type { Staged, VersionAt } from '../activities/activities.ts';
import type { PublishOutcome, Refusal } from '../domain/publishing.ts';
import type { ViewVersion } from '../domain/views.ts';
import { courtesy, heavy, outside, quick } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';
import { STAGED_SHARE, trackJob, type Job } from './job.ts';
import type { PublishRequest, PublishSource } from './messages.ts';
import { tellOutcome, tellStopped } from './notices.ts';
import { reconcileAfter } from './reconcile.ts';
import { stagePopularity } from './stage-popularity.ts';
import { tryOut } from './try-out.ts';
import { show } from './visibility.ts';

/**
 * Publishes one version: claim a number, stage, verify, validate, try out, announce. A version that does not come through is
 * rejected, whatever stopped it, and the one before stays current. Tries of one run share its number. A count says how far
 * it is, and can be paused, resumed and cancelled.
 */
export async function publishView(request: PublishRequest): Promise<PublishOutcome> {
  const { view, parent, source } = request;
  const job = source.kind === 'refresh' ? trackJob() : undefined;
  const published = job === undefined ? await climb(request) : await job.run(() => climb(request, job));
  if (published === undefined) {
    show({ phase: 'cancelled' });
    return { outcome: 'unchanged', view, version: parent, reason: 'the count was cancelled' };
  }
  await tellOutcome(published);
  show({ phase: published.outcome });
  return published;
}

async function climb(request: PublishRequest, job?: Job): Promise<PublishOutcome> {
  const { view, parent, source } = request;
  const { workflowId, runId, startTime } = workflowInfo();
  const run = { view, runId: `${workflowId}/${runId}` };
  let claimed: ViewVersion | null = null;
  try {
    const version = await quick.claimVersion(run);
    claimed = version;
    show({ phase: 'publishing', view, version });
    const at: VersionAt = { ...run, version, parent, asOf: startTime.toISOString() };
    const staged = await stage(at, source, job);
    await job?.gate();
    job?.advance({ phase: 'publishing', share: STAGED_SHARE });
    if (staged.unchanged) {
      await quick.rejectVersion({ ...run, rule: 'unchanged', reason: `it says what version ${parent} says` });
      return { outcome: 'unchanged', view, version: parent };
    }
    const refusal =
      staged.refusal ??
      (await heavy.verifyVersion(at)) ??
      (await heavy.validateVersion(at)) ??
      (await tryOut(at, source)) ??
      (await keepByKey(at, source)) ??
      (await announce(at));
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
    const refusal = { rule: isCancellation(error) ? 'cancelled' : 'failed', reason: reasonOf(error) };
    await CancellationScope.nonCancellable(() => quick.rejectVersion({ ...run, ...refusal })).catch(
      (failure: unknown) => log.warn('version stays staged', { reason: reasonOf(failure) }),
    );
    await tellStopped(view, claimed, refusal);
    throw error;
  }
}

/** Rows by profile, made by whatever; runs that were begun before they were kept by key go on without. */
async function keepByKey(at: VersionAt, { kind }: PublishSource): Promise<Refusal | null> {
  if (kind === 'rows') return patched('rows-by-key') ? heavy.keepRows(at) : null;
  return kind === 'erasure' && patched('rows-by-key-erased') ? heavy.keepRows(at) : null;
}

async function announce(at: VersionAt): Promise<Refusal | null> {
  // What may be served must not expire: where its snapshots cannot be tagged a version is not announced.
  if (patched('tags-first')) {
    const lost = await heavy.tagVersion(at);
    if (lost.length > 0) log.warn('snapshots of a version are gone', { version: at.version, tables: lost });
  }
  // A version whose announcement may have gone through must not be rejected: a cancel waits for the outcome.
  return CancellationScope.nonCancellable(() => quick.announceVersion(at));
}

function stage(at: VersionAt, source: PublishSource, job?: Job): Promise<Staged> {
  switch (source.kind) {
    case 'ingest':
      return outside.ingestSource(at);
    case 'declared':
      return heavy.stageDeclared({ ...at, plan: source.plan });
    case 'extension':
      return heavy.stageExtension({ ...at, extension: source.extension });
    case 'refresh':
      return stagePopularity(at, source, job);
    case 'performance':
      return heavy.stagePerformance({ ...at, plan: source.plan });
    case 'rows':
      return heavy.stageRows({ ...at, rows: source.rows });
    case 'training':
      return heavy.stageModel({ ...at, trained: source.trained, set: source.set });
    case 'erasure':
      return heavy.stageErased({ ...at, erasure: source.erasure });
    case 'backfill':
      return heavy.recomputeRange({ ...at, plan: source.plan, range: source.range });
  }
}
