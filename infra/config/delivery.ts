import { decimal, integer } from './setting.ts';

/** How answers of serving are delivered, and what is done when there are too many requests. */
export const deliverySettings = {
  publicMaxAgeS: integer('SERVING_PUBLIC_MAX_AGE_S', {
    default: 1,
    min: 0,
    max: 3600,
    reason: 'How long caches may keep an answer that is of no profile, seconds; 0 for not at all.',
  }),
  publicIfErrorS: integer('SERVING_PUBLIC_IF_ERROR_S', {
    default: 60,
    min: 0,
    max: 86_400,
    reason: 'How long such an answer may stand in while serving cannot be reached, seconds.',
  }),
  compressFromBytes: integer('SERVING_COMPRESS_FROM_BYTES', {
    default: 1024,
    min: 0,
    max: 1 << 30,
    reason: 'Smaller answers are sent as they are: they fit into a packet.',
  }),
  shedLagMs: integer('SERVING_SHED_LAG_MS', {
    default: 50,
    min: 1,
    max: 60_000,
    reason: 'When requests wait this long in the process, prefetches are turned away; at more also others.',
  }),
  shedInFlight: integer('SERVING_SHED_IN_FLIGHT', {
    default: 64,
    min: 1,
    max: 1_000_000,
    reason: 'With so many requests under way, prefetches are turned away; with more also others.',
  }),
  mostInFlight: integer('SERVING_MOST_IN_FLIGHT', {
    default: 4096,
    min: 1,
    max: 1_000_000,
    reason: 'Past so many requests under way everything but probes is turned away.',
  }),
} as const;

/** What stands between requests and the profile store. */
export const profileReadSettings = {
  profilesAtOnce: integer('SERVING_PROFILES_AT_ONCE', {
    default: 256,
    min: 1,
    max: 100_000,
    reason: 'Reads of the profile store under way at a time; past it rows come without the profile.',
  }),
  profilesHedgeMs: integer('SERVING_PROFILES_HEDGE_MS', {
    default: 10,
    min: 0,
    max: 60_000,
    reason: 'After so long a read of the profile store is sent a second time; 0 for never.',
  }),
  profilesHedgeShare: decimal('SERVING_PROFILES_HEDGE_SHARE', {
    default: 0.05,
    min: 0,
    max: 1,
    reason: 'Second reads as a share of all, so that a slow store is not asked twice as much.',
  }),
  profilesBreakerReads: integer('SERVING_PROFILES_BREAKER_READS', {
    default: 20,
    min: 2,
    max: 100_000,
    reason: 'How many of the newest reads the breaker before the profile store goes by.',
  }),
  profilesBreakerShare: decimal('SERVING_PROFILES_BREAKER_SHARE', {
    default: 0.5,
    min: 0.01,
    max: 1,
    reason: 'Once more of them than this went wrong, the store is left alone for a while.',
  }),
  profilesBreakerPauseMs: integer('SERVING_PROFILES_BREAKER_PAUSE_MS', {
    default: 1000,
    min: 1,
    max: 600_000,
    reason: 'For how long; then one read is tried.',
  }),
} as const;
