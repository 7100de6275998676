/**
 * Signals of what and how a profile plays. The state keeps plays one by one while an event within the lateness bound
 * could still change what they say; what holds is worked out anew from them with every event, and what differs from
 * before is put out. So any order of the same timely events ends with the same signals, and forgetting sealed plays, at
 * whatever moment, changes nothing. What is carried on from them (completed titles, genres) is forgotten with the whole
 * profile when nothing came of it for QUIET_PROFILE_MS.
 */
import type { CleanRecord, PlayEvent } from '../events/event.ts';
import { playIdOf } from '../events/play-id.ts';
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedStep } from '../keyed-fold.ts';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../time.ts';
import { abandonmentsOf } from './abandonment.ts';
import { bingesOf } from './binge.ts';
import { carryCompletion, completionOf, rewatchesOf, type Completed } from './completion.ts';
import {
  carryGenres,
  genreShiftsOf,
  tellsGenre,
  type GenreHistory,
  type GenreLimits,
} from './genre-shift.ts';
import { addPlayEvent, createPlayState, lastPoint, readPlay, type Play, type PlayState } from './play.ts';
import { holding, idOf, isTimely, upsertsBetween, type Signal } from './signal.ts';
import { byStart, sittingsOf, type Sitting } from './sittings.ts';

export interface PlaySignalLimits extends GenreLimits {
  /** Events that come later than this after they happened change no signal. */
  readonly latenessMs: number;
  /** Longest gap between plays of one sitting. */
  readonly sittingGapMs: number;
  /** A play to which nothing came for this long has ended. */
  readonly playGapMs: number;
  /** Plays kept one by one per profile. Past it the oldest counts as sealed. */
  readonly plays: number;
  /** Events kept apart per play. */
  readonly playEvents: number;
  /** Signals kept that can change no more, the newest; see `lasting`. */
  readonly lastingSignals: number;
  /** Completed titles remembered per profile, the newest. */
  readonly completedTitles: number;
}

/** What the lengths are unless configured. */
export const SITTING_GAP_MS = 30 * MINUTE_MS;
export const PLAY_GAP_MS = 6 * HOUR_MS;

export interface PlaySignalState extends Completed, GenreHistory {
  plays: PlayState[];
  /** Signals of the plays kept, as they were put out. */
  standing: Signal[];
  /** Signals of plays that are forgotten, until they expire. Nothing is worked out from them. */
  lasting: Signal[];
  /** Log time from which something can be forgotten. */
  sealsAt: EpochMs;
  /** Append time of the last timely event. */
  lastAt: EpochMs;
}

const NEVER = Number.MAX_SAFE_INTEGER;

/** Its name and version, for those who read what it stored. */
export const PLAY_SIGNALS = { name: 'play-signals', version: 3 } as const;

export function createPlaySignals(
  limits: PlaySignalLimits,
): KeyedFold<PlaySignalState, 'user-behavior-features'> {
  return {
    ...PLAY_SIGNALS,
    topics: ['plays'],
    output: 'user-behavior-features',
    keyOf: ({ event }) => event.profileId,
    step: (state, { record }) => stepPlays(limits, state, record as CleanRecord<PlayEvent>),
    wake(_key, state, logTime) {
      if (isQuiet(state, logTime)) return { state: undefined, outputs: [] };
      forgetSealed(state, logTime, limits);
      return settled(state, []);
    },
  };
}

type Step = KeyedStep<PlaySignalState, 'user-behavior-features'>;

function stepPlays(
  limits: PlaySignalLimits,
  before: PlaySignalState | undefined,
  record: CleanRecord<PlayEvent>,
): Step {
  if (!isTimely(record, limits.latenessMs)) return settled(before, []);
  // What is forgotten depends on the record alone, not on when the last wake was.
  const isKnown = before !== undefined && !isQuiet(before, record.appendTime);
  const state = isKnown ? before : createPlaySignalState();
  state.lastAt = record.appendTime;
  if (record.appendTime >= state.sealsAt) forgetSealed(state, record.appendTime, limits);
  const play = playOf(state, playIdOf(record.event));
  const wasTold = readPlay(play, limits.playGapMs);
  addPlayEvent(play, record, limits.playEvents);
  if (state.plays.length > limits.plays) forgetOldest(state, record.appendTime, limits);
  const isTold = readPlay(play, limits.playGapMs);
  const { plays, sittings } = readPlays(state, limits);
  const shifts = isSameGenreTold(wasTold, isTold)
    ? state.standing.filter(({ name }) => name === 'genre-shift')
    : genreShiftsOf(plays, state, limits);
  const signals = signalsOf(plays, sittings, state);
  signals.push(...shifts);
  const outputs = upsertsBetween(state.standing, signals, record);
  state.standing = signals;
  state.sealsAt = sealTime(state, sittings, limits);
  return settled(state, outputs);
}

const createPlaySignalState = (): PlaySignalState => ({
  plays: [],
  standing: [],
  lasting: [],
  sealsAt: NEVER,
  lastAt: 0,
  completedTitles: [],
  completedAt: [],
  mixes: [],
  mixPlays: [],
  recentAt: [],
  recentMix: [],
});

const isQuiet = ({ lastAt }: PlaySignalState, logTime: EpochMs): boolean =>
  logTime >= lastAt + QUIET_PROFILE_MS;

const isEmpty = (state: PlaySignalState): boolean =>
  [state.plays, state.standing, state.lasting, state.completedTitles, state.mixes].every(
    ({ length }) => length === 0,
  );

function settled(state: PlaySignalState | undefined, outputs: Step['outputs']): Step {
  if (state === undefined || isEmpty(state)) return { state: undefined, outputs };
  return { state, outputs, wakeAt: Math.min(state.sealsAt, state.lastAt + QUIET_PROFILE_MS) };
}

function playOf(state: PlaySignalState, id: string): PlayState {
  const known = state.plays.find((play) => play.id === id);
  if (known !== undefined) return known;
  const play = createPlayState(id);
  state.plays.push(play);
  return play;
}

function readPlays(
  state: PlaySignalState,
  { playGapMs, sittingGapMs }: PlaySignalLimits,
): { plays: Play[]; sittings: Sitting[] } {
  const plays: Play[] = [];
  for (const one of state.plays) {
    const play = readPlay(one, playGapMs);
    if (play !== undefined) plays.push(play);
  }
  plays.sort(byStart);
  return { plays, sittings: sittingsOf(plays, sittingGapMs) };
}

/** All signals but the shifts of genre. */
function signalsOf(plays: readonly Play[], sittings: readonly Sitting[], carry: Completed): Signal[] {
  const signals: Signal[] = [];
  for (const sitting of sittings) signals.push(...bingesOf(sitting), ...abandonmentsOf(sitting));
  for (const play of plays) {
    const completion = completionOf(play);
    if (completion !== undefined) signals.push(completion);
  }
  signals.push(...rewatchesOf(plays, carry));
  return signals;
}

const isSameGenreTold = (a: Play | undefined, b: Play | undefined): boolean => {
  const [before, after] = [a !== undefined && tellsGenre(a), b !== undefined && tellsGenre(b)];
  if (before !== after) return false;
  return !before || (a!.startedAt === b!.startedAt && a!.genres === b!.genres);
};

/** Log time at which the first sitting, or events whose play has no start, can be forgotten. */
function sealTime(
  state: PlaySignalState,
  sittings: readonly Sitting[],
  { latenessMs }: PlaySignalLimits,
): EpochMs {
  let first = sittings[0]?.closesAt ?? NEVER;
  for (const play of state.plays) if (play.startedAt < 0) first = Math.min(first, lastPoint(play));
  return first === NEVER ? NEVER : first + latenessMs + 1;
}

/** Forgets what no timely event from this log time on can change: whole sittings, the oldest first. */
function forgetSealed(state: PlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  const sealed = logTime - limits.latenessMs;
  const { sittings } = readPlays(state, limits);
  const open = sittings.findIndex(({ closesAt }) => closesAt >= sealed);
  const gone = sittings.slice(0, open < 0 ? sittings.length : open).flatMap(({ plays }) => plays);
  state.plays = state.plays.filter((play) => play.startedAt >= 0 || lastPoint(play) >= sealed);
  forget(state, gone, logTime, limits);
}

function forgetOldest(state: PlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  forgetSealed(state, logTime, limits);
  if (state.plays.length <= limits.plays) return;
  const [oldest] = readPlays(state, limits).plays;
  if (oldest === undefined) state.plays.shift();
  else forget(state, [oldest], logTime, limits);
}

function forget(
  state: PlaySignalState,
  gone: readonly Play[],
  logTime: EpochMs,
  limits: PlaySignalLimits,
): void {
  for (const play of gone) {
    carryCompletion(state, play, limits.completedTitles);
    carryGenres(state, play, limits);
  }
  const ids = new Set(gone.map(({ id }) => id));
  state.plays = state.plays.filter(({ id }) => !ids.has(id));
  const { plays, sittings } = readPlays(state, limits);
  const kept = new Set(signalsOf(plays, sittings, state).map(idOf));
  const isKept = (one: Signal): boolean => one.name === 'genre-shift' || kept.has(idOf(one));
  const lasting = [...state.lasting, ...state.standing.filter((one) => !isKept(one))];
  state.lasting = holding(lasting, logTime).slice(0, limits.lastingSignals);
  state.standing = state.standing.filter(isKept);
  state.sealsAt = sealTime(state, sittings, limits);
}
