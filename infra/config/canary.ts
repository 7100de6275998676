import { z } from 'zod';
import { choice, decimal, integer, text } from './setting.ts';

/** How versions that change what is ranked are tried out before they are announced. */
export const canarySection = z.object({
  views: text('CANARY_VIEWS', {
    default: 'item-factors,neighbours,clusters,ranking-policy',
    pattern:
      /^(none|[a-z][a-z0-9-]*(=0?\.[0-9]+(\/[1-9][0-9]{0,3})?)?(, *[a-z][a-z0-9-]*(=0?\.[0-9]+(\/[1-9][0-9]{0,3})?)?)*)$/,
    expects:
      'views, each with its own share and minutes if need be: item-factors, neighbours=0.1, clusters=0.02/60',
    reason:
      'Views whose versions are served to a small cohort first; `none` announces them untried. Those that serving ranks by.',
  }),
  share: decimal('CANARY_SHARE', {
    default: 0.05,
    min: 0,
    max: 0.5,
    reason:
      'Of all profiles, the share that is served by a candidate, and as many beside it; 0 tries nothing out.',
  }),
  mostShare: decimal('CANARY_MOST_SHARE', {
    default: 0.25,
    min: 0.01,
    max: 0.5,
    reason: 'Where few profiles come, the cohorts grow up to this share.',
  }),
  budgetMs: integer('CANARY_BUDGET_MS', {
    default: 1_800_000,
    min: 1000,
    max: 86_400_000,
    reason: 'How long a candidate is tried out; publishing takes so much longer.',
  }),
  longerMs: integer('CANARY_LONGER_MS', {
    default: 1_800_000,
    min: 0,
    max: 86_400_000,
    reason: 'So much longer it is tried out, once, where too little was seen by then.',
  }),
  lookMs: integer('CANARY_LOOK_MS', {
    default: 30_000,
    min: 500,
    max: 3_600_000,
    reason: 'How often its figures are looked at: harm is noticed so much later than the lake has it.',
  }),
  trafficMs: integer('CANARY_TRAFFIC_MS', {
    default: 3_600_000,
    min: 1000,
    max: 86_400_000,
    reason: 'How far back profiles and plays are counted to know how many will come.',
  }),
  alpha: decimal('CANARY_ALPHA', {
    default: 0.01,
    min: 0.000_001,
    max: 0.2,
    reason: 'The chance that a version that is no worse is stopped, over all looks together.',
  }),
  effect: decimal('CANARY_EFFECT', {
    default: 0.3,
    min: 0.01,
    max: 1,
    reason:
      'The relative loss of plays that is found the soonest, and that must be ruled out when its time is over.',
  }),
  beta: decimal('CANARY_BETA', {
    default: 0.05,
    min: 0.001,
    max: 0.5,
    reason: 'The chance that a version with just that loss passes when its time is over.',
  }),
  tolerance: decimal('CANARY_TOLERANCE', {
    default: 0.05,
    min: 0.001,
    max: 1,
    reason:
      'A candidate that was shown to lose less than this share of plays passes before its time is over.',
  }),
  minProfiles: integer('CANARY_MIN_PROFILES', {
    default: 50,
    min: 10,
    max: 10_000_000,
    reason: 'Nothing is decided of fewer profiles in a cohort: sums over fewer are not normal.',
  }),
  tooLittle: choice('CANARY_TOO_LITTLE', ['announce', 'reject'], {
    default: 'reject',
    reason:
      'What becomes of a version that was tried out and of which too little was seen: fewer came than before, or something is slow.',
  }),
  untried: choice('CANARY_UNTRIED', ['announce', 'reject'], {
    default: 'announce',
    reason:
      'What becomes of a version where it is known beforehand that too few will come: with `reject` a region without viewers never gets a new one.',
  }),
});
