import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  patched,
  sleep,
} from '@temporalio/workflow';
import type { VersionAt } from '../activities/activities.ts';
import type { CanaryPlan } from '../domain/canary/settings.ts';
import { CANARY_UNDECIDED, type Refusal } from '../domain/publishing.ts';
import { RANKING_POLICY_VIEW } from '../domain/ranking-policy.ts';
import { heavy, looking, quick } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';
import type { PublishSource } from './messages.ts';
import { tellCanary } from './notices.ts';
import { show } from './visibility.ts';

/** What changes which titles people see, and in which order: what was trained, and how rows are ranked. */
function isTriedOut({ view }: VersionAt, { kind }: PublishSource): boolean {
  // Runs that were begun before there was a canary go on without.
  if (kind === 'training') return patched('canary');
  return kind === 'ingest' && view === RANKING_POLICY_VIEW && patched('policy-canary');
}

/**
 * Has such a version served to a small cohort beside an equal one that is served by the current version, until a verdict or the
 * end of its time; null where it may be announced. Whatever happens, nobody serves it as candidate afterwards. The first
 * version has nothing to be held against; one that leaves what was trained as it was is not tried out.
 */
export async function tryOut(at: VersionAt, source: PublishSource): Promise<Refusal | null> {
  if (at.parent === null || !isTriedOut(at, source)) return null;
  const plan = await heavy.planCanary(at);
  if (plan === null) return null;
  if ('untried' in plan) {
    await tellCanary(at, plan.refusal, plan.untried);
    return plan.refusal;
  }
  show({ phase: 'canary' });
  try {
    return (await quick.openCanary({ ...at, plan })) ?? (await watch(at, plan));
  } finally {
    const { view, runId } = at;
    await CancellationScope.nonCancellable(() => quick.closeCanary({ view, runId })).catch(
      (failure: unknown) => log.warn('candidate ends by its own time', { reason: reasonOf(failure) }),
    );
  }
}

/** Beyond those that its time has room for: clocks of workers differ, and a look may fail. */
const LAST_LOOKS = 2;

/** The look after the end of all its time decides; so much is bounded, whatever fails. */
async function watch(at: VersionAt, { budgetMs, longerMs = 0, lookMs }: CanaryPlan): Promise<Refusal | null> {
  const looks = Math.ceil((budgetMs + longerMs) / lookMs) + LAST_LOOKS;
  for (let look = 0; look < looks; look += 1) {
    await sleep(lookMs);
    try {
      const { isDecided, refusal, reason } = await looking.lookAtCanary(at);
      if (!isDecided) continue;
      await tellCanary(at, refusal, reason);
      return refusal;
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      log.warn('figures of the canary cannot be read', { reason: reasonOf(error) });
    }
  }
  return { rule: CANARY_UNDECIDED, reason: 'its figures could not be read in its time' };
}
