import { canaryName } from '../domain/canary/arms.ts';
import { isOver, momentOf, type Candidate } from '../domain/canary/candidate.ts';
import type { CanaryRecord } from '../domain/canary/record.ts';
import {
  planCanary,
  readCanaryViews,
  type CanaryPlan,
  type CanarySettings,
  type Traffic,
} from '../domain/canary/settings.ts';
import { judgeCanary, type CanaryReading } from '../domain/canary/verdict.ts';
import { CANARY_UNDECIDED, PARENT_MOVED, type Refusal } from '../domain/publishing.ts';
import { servedVersion, type Pointer, type ViewName } from '../domain/views.ts';
import type { Canaries } from '../infra/hermes/canaries.ts';
import type { ActivityDeps } from './deps.ts';
import type { VersionAt } from './publishing.ts';

/** What trying a version out takes. */
export interface CanaryDeps {
  readonly canaries: Canaries;
  readonly settings: CanarySettings;
  readonly reader: {
    read(canary: string, since: number): Promise<CanaryReading>;
    trafficSince(since: number): Promise<Traffic>;
  };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The rule under which a canary refuses what it found harmful; `CANARY_UNDECIDED` is that of what it did not find anything out of. */
export const CANARY_RULE = 'canary';

/** What a look came to. */
export interface CanaryLook {
  readonly isDecided: boolean;
  readonly refusal: Refusal | null;
  /** One sentence for the operator. Absent in looks of before it was told. */
  readonly reason?: string;
}

/** Nobody is served by it first: too few would come. */
export interface Untried {
  readonly untried: string;
  readonly refusal: Refusal | null;
}

/** Clocks of brokers and workers differ; the arms' name keeps what came before apart anyway. */
const SLACK_MS = 600_000;
const GOES_ON: CanaryLook = { isDecided: false, refusal: null };

/** Whether a version of the view is being tried out now. */
export async function isTriedOut({ canary }: Pick<ActivityDeps, 'canary'>, view: ViewName): Promise<boolean> {
  if (canary === undefined) return false;
  const candidate = await canary.canaries.find(view);
  return candidate !== undefined && !isOver(candidate, canary.now());
}

/** Activities that have a version served to few before it is announced to all. Without `deps.canary` nothing is tried out. */
export function createCanary(deps: ActivityDeps) {
  const { views, canary } = deps;

  async function need(): Promise<CanaryDeps> {
    if (canary === undefined) throw new RangeError('no canary is configured');
    return canary;
  }

  async function keep(
    at: Pick<VersionAt, 'view' | 'version'>,
    pointer: Pointer,
    record: Pick<CanaryRecord, 'outcome' | 'reason' | 'figures'>,
    openedAt?: string,
  ): Promise<CanaryRecord> {
    const { canaries, now } = await need();
    const decidedAt = new Date(now()).toISOString();
    const { view, version } = at;
    const against = servedVersion(pointer);
    return canaries.record({ view, version, against, ...record, openedAt: openedAt ?? decidedAt, decidedAt });
  }

  /** Subscribers look at once; those who do not hear it find out at their next look. */
  async function tell(view: ViewName): Promise<void> {
    const pointer = await views.readPointer(view);
    if (pointer) await deps.announce(pointer).catch(() => undefined);
  }

  return {
    /** How the version is tried out; null where its view is not. Where too few come that is kept with the version. */
    async planCanary(at: VersionAt): Promise<CanaryPlan | Untried | null> {
      const pointer = await views.readPointer(at.view);
      if (canary === undefined || !pointer) return null;
      const of = readCanaryViews(canary.settings).find(({ view }) => view === at.view);
      if (of === undefined || of.share === 0) return null;
      const { canaries, settings, reader, now } = canary;
      // A repeated try does what the one before wrote down, whoever came meanwhile.
      const known = await canaries.recordOf(at.view, at.version);
      const plan =
        known?.outcome === 'skipped'
          ? { skipped: known.reason }
          : planCanary(of, settings, await reader.trafficSince(now() - settings.trafficMs));
      if (!('skipped' in plan)) return plan;
      const { reason } = await keep(at, pointer, { outcome: 'skipped', reason: plan.skipped, figures: {} });
      const mayPass = settings.untried === 'announce';
      return { untried: reason, refusal: mayPass ? null : { rule: CANARY_UNDECIDED, reason } };
    },

    /** Has the version served to its cohort from now on. Refused while another is tried out. */
    async openCanary({ plan, ...at }: VersionAt & { plan: CanaryPlan }): Promise<Refusal | null> {
      const { canaries, now } = await need();
      const { view, version, runId } = at;
      const { sha256 } = await views.fetchManifest(view, version);
      const openedMs = now();
      const { budgetMs, longerMs = 0 } = plan;
      const instant = (ms: number): string => new Date(ms).toISOString();
      const candidate: Candidate = {
        ...{ view, version, runId, manifestSha256: sha256, share: plan.share },
        openedAt: instant(openedMs),
        ...(longerMs === 0 ? {} : { dueAt: instant(openedMs + budgetMs) }),
        endsAt: instant(openedMs + budgetMs + longerMs),
      };
      const stored = await canaries.open(candidate, openedMs);
      if (stored.runId !== runId)
        return {
          rule: CANARY_UNDECIDED,
          reason: `version ${stored.version} is tried out until ${stored.endsAt}`,
        };
      await tell(view);
      return null;
    },

    /** Looks at the figures once. The verdict and its figures are kept with the version before this answers. */
    async lookAtCanary(at: VersionAt): Promise<CanaryLook> {
      const { canaries, reader, settings, now } = await need();
      const { view, version, parent, runId } = at;
      const known = await canaries.recordOf(view, version);
      if (known !== undefined) return decided(known, settings);
      const [pointer, candidate] = [await views.readPointer(view), await canaries.find(view)];
      if (!pointer || pointer.version !== parent) return overtaken(pointer, parent);
      if (candidate?.runId !== runId)
        return {
          isDecided: true,
          refusal: { rule: CANARY_UNDECIDED, reason: 'its candidate was taken away' },
        };
      const { openedAt } = candidate;
      const reading = await reader.read(canaryName(view, version), Date.parse(openedAt) - SLACK_MS);
      const moment = momentOf(candidate, now());
      const { outcome, reason, figures } = judgeCanary(reading, settings, moment);
      if (outcome === null) {
        if (moment === 'due') await canaries.goOn(view, runId);
        return { ...GOES_ON, reason };
      }
      return decided(await keep(at, pointer, { outcome, reason, figures }, openedAt), settings);
    },

    /** Whatever came of it: nobody serves it as candidate any more. */
    async closeCanary({ view, runId }: Pick<VersionAt, 'view' | 'runId'>): Promise<void> {
      if (canary === undefined) return;
      await canary.canaries.close(view, runId);
      await tell(view);
    },
  };
}

/** A look that is repeated finds the verdict that was kept, and answers the same. */
function decided({ outcome, reason }: CanaryRecord, { tooLittle }: CanarySettings): CanaryLook {
  const mayPass = outcome === 'passed' || (outcome === 'undecided' && tooLittle === 'announce');
  const rule = outcome === 'undecided' ? CANARY_UNDECIDED : CANARY_RULE;
  return { isDecided: true, refusal: mayPass ? null : { rule, reason }, reason };
}

const overtaken = (pointer: Pointer | undefined, parent: VersionAt['parent']): CanaryLook => ({
  isDecided: true,
  refusal: {
    rule: PARENT_MOVED,
    reason: `version ${pointer?.version ?? 'none'} is current and not ${parent ?? 'none'} any more`,
  },
});
