/**
 * Ranks rows of a profile as soon as it has watched or rated something, or a signal of it was raised, for whoever answers
 * its next request. State is the history that rows are ranked from, the newest cause, and the rows. History and cause are
 * functions of the set of records; rows follow from both and from the models that are held when they are ranked, whose
 * versions they carry. So what is folded again after a crash, in whatever batches, ends with the same rows.
 *
 * A signal that follows from a record taken already changes nothing: what led to it is in the history.
 */
import type { DerivedRecord } from '../events/derived.ts';
import type { EventKind } from '../events/contract.ts';
import { profileId } from '../ids.ts';
import {
  QUIET_PROFILE_MS,
  type KeyedFold,
  type KeyedInput,
  type KeyedStep,
  type UpsertInput,
} from '../keyed-fold.ts';
import { TIME_STATUS, type EpochMs } from '../time.ts';
import { CLEAN_TOPICS, type FoldedTopic } from '../topics.ts';
import { createWatchingState, type WatchingState } from '../watching/state.ts';
import { stepWatching } from '../watching/watching.ts';
import type { NearlineModels } from './models.ts';
import { rankNearline, type NearlineCause, type NearlineRows } from './rows.ts';

export interface NearlineLimits {
  /** Titles watched, and titles rated, that rows are ranked from: those with the newest events. */
  readonly history: number;
  /** Titles of a row. */
  readonly titlesPerRow: number;
  /** Rows about a title that was watched. */
  readonly subjects: number;
}

/** Its name and version, for those who read what it stored. */
export const NEARLINE_ROWS = { name: 'nearline-rows', version: 1 } as const;

const CLEAN_READ = ['plays', 'interactions'] as const;
const UPSERTS_READ = ['user-behavior-features'] as const;
export const NEARLINE_TOPICS: readonly FoldedTopic[] = [...CLEAN_READ, ...UPSERTS_READ];

/** Plain data. */
export interface NearlineState {
  /** Of plays that stopped and of ratings alone. */
  watching: WatchingState;
  cause: NearlineCause;
  /** Null before the first models. */
  rows: NearlineRows | null;
  lookAt: EpochMs;
}

export interface NearlineDeps {
  readonly limits: NearlineLimits;
  /** Those to rank with from now on; undefined before any were published. */
  readonly models: () => NearlineModels | undefined;
  readonly onRanked?: (rows: NearlineRows) => void;
  /** Ranking threw: the rows before stay, and the profile's next cause tries again. Rethrown where absent. */
  readonly onFailed?: (error: unknown, models: NearlineModels) => void;
}

const CAUSES: ReadonlySet<EventKind> = new Set<EventKind>(['play_stop', 'rate']);
const NONE: readonly never[] = [];

export function createNearline({
  limits,
  models,
  onRanked,
  onFailed,
}: NearlineDeps): KeyedFold<NearlineState> {
  const { history, subjects, titlesPerRow: titles } = limits;
  const kept = { titles: history, list: 0, ratings: history };

  const step = (before: NearlineState | undefined, input: KeyedInput): KeyedStep<NearlineState> => {
    const { record } = input;
    const { event, timeStatus, appendTime } = record;
    if (timeStatus !== TIME_STATUS.ok || !CAUSES.has(event.kind)) return unchanged(before);
    const { topic, partition, offset } = input;
    const cause = { topic, partition, offset, appendTime, eventTime: event.eventTime };
    const state = before ?? opened(cause);
    state.watching = stepWatching(kept, state.watching, input) ?? state.watching;
    if (isNewer(cause, state.cause)) state.cause = cause;
    return { ...told(state), isUnsettled: true };
  };

  const stepSignal = (before: NearlineState | undefined, input: UpsertInput): KeyedStep<NearlineState> => {
    const { topic, partition, offset } = input;
    const { state: said, appendTime, eventTime } = input.record as SignalRecord;
    if (said !== 'raised') return unchanged(before);
    const cause = { topic, partition, offset, appendTime, eventTime };
    const state = before ?? opened(cause);
    if (before !== undefined && !isNewer(cause, state.cause)) return unchanged(state);
    state.cause = cause;
    return { ...told(state), isUnsettled: true };
  };

  return {
    ...NEARLINE_ROWS,
    topics: CLEAN_READ,
    output: undefined,
    reads: [
      ...(['eventTime', 'profileId', 'titleId', 'positionSeconds', 'viewedSeconds'] as const),
      ...(['durationSeconds', 'rating', 'runtimeSeconds', 'rootTitleId'] as const),
    ],
    keyOf: ({ event }) => event.profileId,
    step,
    upserts: {
      topics: UPSERTS_READ,
      keyOf: (record) => profileId((record as SignalRecord).profileId),
      step: stepSignal,
    },
    settle(_profile, state) {
      const held = models();
      if (held === undefined) return told(state);
      try {
        state.rows = rankNearline(held, state.watching, state.cause, { titles, subjects });
        onRanked?.(state.rows);
      } catch (error) {
        if (onFailed === undefined) throw error;
        onFailed(error, held);
      }
      return told(state);
    },
    wake(_profile, state, logTime) {
      state.lookAt = state.cause.appendTime + QUIET_PROFILE_MS;
      return told(state.lookAt <= logTime ? undefined : state);
    },
  };
}

type SignalRecord = DerivedRecord<'user-behavior-features'>;

const opened = (cause: NearlineCause): NearlineState => ({
  ...{ watching: createWatchingState(), cause, rows: null },
  lookAt: cause.appendTime + QUIET_PROFILE_MS,
});

/** By append time; of equal ones an event goes before a signal, which follows from it. */
function isNewer(one: NearlineCause, other: NearlineCause): boolean {
  if (one.appendTime !== other.appendTime) return one.appendTime > other.appendTime;
  const [a, b] = [CLEAN.has(one.topic), CLEAN.has(other.topic)];
  if (a !== b) return a;
  return one.topic === other.topic ? one.offset > other.offset : one.topic < other.topic;
}
const CLEAN: ReadonlySet<string> = new Set(CLEAN_TOPICS);

const unchanged = (state: NearlineState | undefined): KeyedStep<NearlineState> => ({
  ...told(state),
  isUnchanged: true,
});

const told = (state: NearlineState | undefined): KeyedStep<NearlineState> =>
  state === undefined ? { state, outputs: NONE } : { state, outputs: NONE, wakeAt: state.lookAt };
