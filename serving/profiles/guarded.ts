/** A profile reader that answers in time or says why not, however its store does. */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../../infra/config.ts';
import type { Metrics } from '../../infra/metrics.ts';
import {
  createGuard,
  READ_OUTCOMES,
  type GuardDeps,
  type GuardSettings,
} from '../../infra/resilience/guard.ts';
import type { ProfileReader } from './port.ts';

/**
 * Every verb of the reader, guarded. PROFILES_UNAVAILABLE takes the place of every failure, also of what a store answers
 * that cannot be read. Rows have a guard of their own: they are asked for where state was not to be had, and would be
 * refused for its sake.
 */
export function guardProfiles(
  reader: ProfileReader,
  settings: GuardSettings,
  metrics: Metrics,
): ProfileReader {
  const reads = metrics.counter('marquee_profile_reads_total', 'Reads of the profile store, by outcome', [
    'outcome',
  ]);
  // Found once: it is done for every read.
  const readsBy = new Map(READ_OUTCOMES.map((outcome) => [outcome, reads.labels(outcome)]));
  for (const counter of readsBy.values()) counter.inc(0);
  const hedges = metrics.counter(
    'marquee_profile_hedges_total',
    'Second reads of the profile store, by outcome',
    ['outcome'],
  );
  const deps: GuardDeps = {
    settings,
    // A store that says at once that it cannot tell costs nothing, and may well know of other profiles.
    isAnswer: (error) => isMarqueeError(error, 'PROFILES_UNAVAILABLE'),
    onRead: (outcome) => readsBy.get(outcome)?.inc(),
    onHedge: (outcome) => hedges.inc({ outcome }),
  };
  const [state, rows] = [createGuard(deps), createGuard(deps)];
  metrics.gauge('marquee_profile_breaker_open', '1 while the profile store is not asked for state', {
    read: () => Number(state.isOpen()),
  });
  metrics.gauge('marquee_profile_reads_under_way', 'Reads of the profile store that have not ended', {
    read: () => state.underWay() + rows.underWay(),
  });

  const guarded = <K extends keyof ProfileReader>(verb: K, guard = state): ProfileReader[K] =>
    // Each verb takes a profile; what it resolves with is its own affair.
    ((profile: never) =>
      guard
        .read<unknown>(() => reader[verb](profile))
        .catch((error: unknown) => {
          throw asUnavailable(error);
        })) as ProfileReader[K];

  return {
    memoryOf: guarded('memoryOf'),
    signalsOf: guarded('signalsOf'),
    titlePairsOf: guarded('titlePairsOf'),
    watchingOf: guarded('watchingOf'),
    rowsOf: guarded('rowsOf', rows),
  };
}

/** The same, with profiles that answer in time. */
export function withGuardedProfiles<
  D extends {
    readonly profiles: ProfileReader;
    readonly config: Pick<Config, 'serving'>;
    readonly metrics: Metrics;
  },
>(deps: D): D {
  const { serving } = deps.config;
  const settings: GuardSettings = {
    deadlineMs: serving.profilesDeadlineMs,
    mostAtOnce: serving.profilesAtOnce,
    hedgeAfterMs: serving.profilesHedgeMs,
    hedgeMostShare: serving.profilesHedgeShare,
    breakerReads: serving.profilesBreakerReads,
    breakerShare: serving.profilesBreakerShare,
    breakerPauseMs: serving.profilesBreakerPauseMs,
  };
  return { ...deps, profiles: guardProfiles(deps.profiles, settings, deps.metrics) };
}

function asUnavailable(error: unknown): MarqueeError {
  if (isMarqueeError(error, 'PROFILES_UNAVAILABLE')) return error;
  const reason = error instanceof Error ? error.message.slice(0, 200) : 'it failed';
  return new MarqueeError('PROFILES_UNAVAILABLE', { reason }, { cause: error });
}
