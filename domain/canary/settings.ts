/** Which views are tried out before they are announced, on how many, and for how long. */
import { VIEW_NAME, type ViewName } from '../views.ts';
import { playsItTakes } from './evidence.ts';
import type { CanaryRules } from './verdict.ts';

export interface CanarySettings extends CanaryRules {
  /** As configured: see `readCanaryViews`. */
  readonly views: string;
  /** Share of all profiles in each of the two cohorts, unless a view has its own. */
  readonly share: number;
  /** Where few profiles come, cohorts grow up to this share. */
  readonly mostShare: number;
  /** How long a candidate is tried out, unless a view has its own. */
  readonly budgetMs: number;
  /** So much longer, once, where too little was seen by then. */
  readonly longerMs: number;
  /** Between two looks at its figures. */
  readonly lookMs: number;
  /** How far back profiles and plays are counted to know how many will come. */
  readonly trafficMs: number;
  /** What becomes of a version where it is known beforehand that too few will come. */
  readonly untried: 'announce' | 'reject';
}

/** What came of late. */
export interface Traffic {
  /** That were given answers. */
  readonly profiles: number;
  /** That were started from an answer. */
  readonly plays: number;
}

export interface CanaryOf {
  readonly view: ViewName;
  readonly share: number;
  readonly budgetMs: number;
}

/** `item-factors, neighbours=0.1, clusters=0.02/60`: a view, its share, its minutes; what is not said holds for all. */
export const CANARY_VIEWS = /^[a-z][a-z0-9-]{0,62}(=0?\.\d+(\/[1-9]\d{0,3})?)?$/;

/** A name that is no view's, or a share above one half, is a RangeError. */
export function readCanaryViews({ views, share, budgetMs }: CanarySettings): readonly CanaryOf[] {
  return views
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'none')
    .map((one) => {
      const [name = '', own] = one.split('=');
      const [ownShare, minutes] = own?.split('/') ?? [];
      if (!CANARY_VIEWS.test(one) || !VIEW_NAME.test(name) || Number(ownShare ?? 0) > 0.5)
        throw new RangeError(`${one} does not say how a view is tried out`);
      return {
        view: name as ViewName,
        share: ownShare === undefined ? share : Number(ownShare),
        budgetMs: minutes === undefined ? budgetMs : Number(minutes) * 60_000,
      };
    });
}

/** A history stays short however long the time is. */
const MOST_LOOKS = 500;

export interface CanaryPlan {
  readonly share: number;
  readonly budgetMs: number;
  /** Absent in plans of before there was more than one end. */
  readonly longerMs?: number;
  readonly lookMs: number;
}

export interface NoCanary {
  /** For the record: why a version is announced untried. */
  readonly skipped: string;
}

/**
 * How a view is tried out when so much came in the last `trafficMs`. The cohorts are as small as configured, and larger where twice the
 * profiles, or the plays, that a verdict takes would not come in time; where not even the largest would do, there is no canary.
 */
export function planCanary(
  { share, budgetMs }: CanaryOf,
  settings: CanarySettings,
  { profiles, plays }: Traffic,
): CanaryPlan | NoCanary {
  const { mostShare, minProfiles, lookMs, longerMs, trafficMs } = settings;
  // Those who come once an hour come once in any longer time, too: more time is worth less than its length.
  const due = profiles * Math.min(1, budgetMs / trafficMs);
  const wanted = due === 0 ? Infinity : (MARGIN * minProfiles) / due;
  const needed = playsItTakes(settings);
  const perMs = plays / trafficMs;
  if (wanted > MARGIN * mostShare || mostShare * perMs * (budgetMs + longerMs) < needed)
    return { skipped: `only ${profiles} profiles and ${plays} plays came of late: too few to try it out on` };
  const wantedByPlays = needed / (perMs * budgetMs);
  const totalMs = budgetMs + longerMs;
  return {
    share: Math.min(mostShare, Math.max(share, wanted, wantedByPlays)),
    budgetMs,
    longerMs,
    lookMs: Math.max(lookMs, Math.ceil(totalMs / MOST_LOOKS)),
  };
}

const MARGIN = 2;
