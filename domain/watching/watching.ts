/**
 * What a profile is watching, has finished, keeps on its list and thinks of titles: what rows like Continue Watching, My
 * List and Because You Watched begin with. Plays and interactions never touch the same columns, and each column keeps the
 * greatest or newest of what was said: so within the limits neither the order in which events come nor how the topics
 * are interleaved is any matter, and an event that comes twice changes nothing. Past the limits the titles of which nothing
 * came for longest are forgotten.
 *
 * Events whose time is marked future or old are left out: one from the future would hold the newest word until its time
 * came. A profile of which nothing came for QUIET_PROFILE_MS of log time is forgotten whole.
 */
import type { EventKind } from '../events/contract.ts';
import type { CleanRecord, InteractionEvent, PlayEvent } from '../events/event.ts';
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedInput, type KeyedStep } from '../keyed-fold.ts';
import { PAST_LIMIT_MS, TIME_STATUS, type EpochMs } from '../time.ts';
import { watchPlay } from './plays.ts';
import { AT, createWatchingState, type WatchingState } from './state.ts';
import { forgetOlder, say } from './words.ts';

export interface WatchingLimits {
  /** K: titles watched, those with the newest events. */
  readonly titles: number;
  /** Titles put on the list or taken off it, those with the newest word. */
  readonly list: number;
  /** Titles rated, those rated last. */
  readonly ratings: number;
}

/** Its name and version, for those who read what it stored. */
export const WATCHING = { name: 'watching', version: 1 } as const;

const LISTED = 1;
const TAKEN_OFF = 0;
const NONE: readonly never[] = [];

export function createWatching(limits: WatchingLimits): KeyedFold<WatchingState> {
  return {
    ...WATCHING,
    topics: ['plays', 'interactions'],
    output: undefined,
    reads: [
      ...(['eventTime', 'profileId', 'titleId', 'positionSeconds', 'toSeconds', 'viewedSeconds'] as const),
      ...(['durationSeconds', 'rating', 'runtimeSeconds', 'rootTitleId'] as const),
    ],
    keyOf: ({ event }) => event.profileId,
    step: (state, input) =>
      concerns(input.record)
        ? kept(stepWatching(limits, state, input))
        : { ...kept(state), isUnchanged: true },
    wake: (_profile, state, logTime) => kept(unlessQuiet(state, logTime)),
  };
}

const SAYS_NOTHING: ReadonlySet<EventKind> = new Set<EventKind>(['click', 'browse', 'impression', 'search']);

const concerns = ({ event, timeStatus }: CleanRecord): boolean =>
  timeStatus === TIME_STATUS.ok && !SAYS_NOTHING.has(event.kind);

/** The state after a record, which may be the one given, changed in place. */
export function stepWatching(
  limits: WatchingLimits,
  before: WatchingState | undefined,
  { record }: Pick<KeyedInput, 'record'>,
): WatchingState | undefined {
  const { event, appendTime } = record;
  if (!concerns(record)) return before;
  switch (event.kind) {
    case 'play_start':
    case 'play_pause':
    case 'play_resume':
    case 'play_skip':
    case 'play_stop': {
      const state = openedBy(before, event.eventTime);
      watchPlay(state, record as CleanRecord<PlayEvent>, limits.titles);
      return state;
    }
    case 'list_add':
    case 'list_remove':
    case 'rate': {
      const state = openedBy(before, event.eventTime);
      note(state, event, limits);
      // Whatever an event could add that happened before it came too late, and was left out.
      forgetOlder(state.list, TAKEN_OFF, appendTime - PAST_LIMIT_MS);
      return state;
    }
    default:
      return before;
  }
}

function note(state: WatchingState, event: InteractionEvent, limits: WatchingLimits): void {
  const { eventTime } = event;
  if (event.kind === 'rate') say(state.ratings, event.titleId, eventTime, event.rating, limits.ratings);
  if (event.kind === 'list_add') say(state.list, event.titleId, eventTime, LISTED, limits.list);
  if (event.kind === 'list_remove') say(state.list, event.titleId, eventTime, TAKEN_OFF, limits.list);
}

/** Events set the moment to look once, or twice where they come out of order: they cost no timer. */
function openedBy(before: WatchingState | undefined, time: EpochMs): WatchingState {
  const state = before ?? createWatchingState();
  const lookAt = time + QUIET_PROFILE_MS;
  if (lookAt < state.lookAt) state.lookAt = lookAt;
  return state;
}

/** The state with the moment to look next; undefined where the profile was quiet for too long. */
function unlessQuiet(state: WatchingState, logTime: EpochMs): WatchingState | undefined {
  const newest = Math.max(state.marks[AT] ?? 0, state.list.times[0] ?? 0, state.ratings.times[0] ?? 0);
  state.lookAt = newest + QUIET_PROFILE_MS;
  return state.lookAt <= logTime ? undefined : state;
}

const kept = (state: WatchingState | undefined): KeyedStep<WatchingState> =>
  state === undefined ? { state, outputs: NONE } : { state, outputs: NONE, wakeAt: state.lookAt };
