/**
 * Signals of what and how a profile plays. The state keeps plays one by one while an event within the lateness bound
 * could still change what they say. An event changes one play, so only what its sittings, before and after, and plays of
 * its title say is worked out anew, and what differs from before is put out; after plays were forgotten, once all of it.
 * So any order of the same timely events ends with the same signals, and forgetting sealed plays, at whatever moment,
 * changes nothing. What is carried on from them (completed titles, genres) is forgotten with the whole profile when
 * nothing came of it for QUIET_PROFILE_MS.
 */
import type { CleanRecord, PlayEvent } from '../events/event.ts';
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedStep } from '../keyed-fold.ts';
import type { EpochMs } from '../time.ts';
import { carryCompletion, type Completed } from './completion.ts';
import {
  carryGenres,
  genreShiftsOf,
  tellsGenre,
  type GenreHistory,
  type GenreLimits,
  type Started,
} from './genre-shift.ts';
import {
  createKeptPlays,
  firstClose,
  isQualifiedAt,
  keptCount,
  removeFirst,
  sealedCount,
  type KeptPlays,
} from './kept-plays.ts';
import { lastPoint, readPlay, type Play } from './play.ts';
import { allSignals, changedSignals, takeEvent, type PlayChange } from './play-change.ts';
import { holding, idOf, isTimely, upsertsBetween, type Signal } from './signal.ts';

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

export interface PlaySignalState extends Completed, GenreHistory {
  kept: KeptPlays;
  /** Signals of the plays kept, as they were put out. */
  standing: Signal[];
  /** Signals of plays that are forgotten, until they expire. Nothing is worked out from them. */
  lasting: Signal[];
  /** Whether plays were forgotten since what stands was worked out. */
  isThinned: boolean;
  /** Log time from which something can be forgotten. */
  sealsAt: EpochMs;
  /** Append time of the last timely event. */
  lastAt: EpochMs;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const NO_OUTPUTS: Step['outputs'] = [];

/** Its name and version, for those who read what it stored. */
export const PLAY_SIGNALS = { name: 'play-signals', version: 4 } as const;

export function createPlaySignals(
  limits: PlaySignalLimits,
): KeyedFold<PlaySignalState, 'user-behavior-features'> {
  return {
    ...PLAY_SIGNALS,
    topics: ['plays'],
    output: 'user-behavior-features',
    reads: [
      'eventId',
      'eventTime',
      'profileId',
      'titleId',
      'playId',
      'positionSeconds',
      'durationSeconds',
      'viewedSeconds',
      'titleKind',
      'rootTitleId',
      'knownKind',
      'genres',
      'runtimeSeconds',
    ],
    keyOf: ({ event }) => event.profileId,
    step: (state, { record }) => stepPlays(limits, state, record as CleanRecord<PlayEvent>),
    wake(_key, state, logTime) {
      if (isQuiet(state, logTime)) return { state: undefined, outputs: NO_OUTPUTS };
      forgetSealed(state, logTime, limits);
      return settled(state, NO_OUTPUTS);
    },
  };
}

type Step = KeyedStep<PlaySignalState, 'user-behavior-features'>;

function stepPlays(
  limits: PlaySignalLimits,
  before: PlaySignalState | undefined,
  record: CleanRecord<PlayEvent>,
): Step {
  if (!isTimely(record, limits.latenessMs)) return settled(before, NO_OUTPUTS);
  // What is forgotten depends on the record alone, not on when the last wake was.
  const isKnown = before !== undefined && !isQuiet(before, record.appendTime);
  const state = isKnown ? before : createPlaySignalState();
  state.lastAt = record.appendTime;
  if (record.appendTime >= state.sealsAt) forgetSealed(state, record.appendTime, limits);
  const change = takeEvent(state.kept, record, limits);
  if (keptCount(state.kept) > limits.plays) forgetOldest(state, record.appendTime, limits);
  const outputs = state.isThinned
    ? tellAll(state, change, record, limits)
    : tellChanged(state, change, record, limits);
  state.sealsAt = sealTime(state, limits);
  return settled(state, outputs);
}

const createPlaySignalState = (): PlaySignalState => ({
  kept: createKeptPlays(),
  standing: [],
  lasting: [],
  isThinned: false,
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

const isEmpty = ({ kept, standing, lasting, completedTitles, mixes }: PlaySignalState): boolean =>
  keptCount(kept) + standing.length + lasting.length + completedTitles.length + mixes.length === 0;

function settled(state: PlaySignalState | undefined, outputs: Step['outputs']): Step {
  if (state === undefined || isEmpty(state)) return { state: undefined, outputs };
  return { state, outputs, wakeAt: Math.min(state.sealsAt, state.lastAt + QUIET_PROFILE_MS) };
}

/** Works out all signals anew: what was forgotten may have changed any of them. */
function tellAll(
  state: PlaySignalState,
  change: PlayChange,
  record: CleanRecord<PlayEvent>,
  limits: PlaySignalLimits,
): Step['outputs'] {
  const signals = allSignals(readAll(state.kept, limits), state, limits.sittingGapMs);
  const { before, after } = changedShifts(state, change, limits);
  signals.push(...(after ?? before));
  const outputs = upsertsBetween(state.standing, signals, record);
  state.standing = signals;
  state.isThinned = false;
  return outputs;
}

function tellChanged(
  state: PlaySignalState,
  change: PlayChange,
  record: CleanRecord<PlayEvent>,
  limits: PlaySignalLimits,
): Step['outputs'] {
  const { before, after } = changedSignals(state.kept, change, state, limits);
  const shifts = changedShifts(state, change, limits);
  if (shifts.after !== undefined) {
    before.push(...shifts.before);
    after.push(...shifts.after);
  }
  if (before.length + after.length === 0) return NO_OUTPUTS;
  const outputs = upsertsBetween(before, after, record);
  if (outputs.length === 0) return NO_OUTPUTS;
  const changed = new Set([...before, ...after].map(idOf));
  state.standing = state.standing.filter((signal) => !changed.has(idOf(signal)));
  state.standing.push(...after);
  return outputs;
}

/** Shifts of genre that stand, and those that hold now; undefined where the event says nothing of genres. */
function changedShifts(
  state: PlaySignalState,
  { was, is }: PlayChange,
  limits: PlaySignalLimits,
): { readonly before: readonly Signal[]; readonly after: readonly Signal[] | undefined } {
  const before = state.standing.filter(({ name }) => name === 'genre-shift');
  if (isSameGenreTold(was, is)) return { before, after: undefined };
  const told: Started[] = [];
  state.kept.plays.forEach(({ startedAt, genres }, at) => {
    if (genres !== '' && isQualifiedAt(state.kept, at)) told.push({ at: startedAt, genres });
  });
  return { before, after: genreShiftsOf(told, state, limits) };
}

const isSameGenreTold = (a: Play | undefined, b: Play | undefined): boolean => {
  const [before, after] = [a !== undefined && tellsGenre(a), b !== undefined && tellsGenre(b)];
  if (before !== after) return false;
  return !before || (a!.startedAt === b!.startedAt && a!.genres === b!.genres);
};

const readAll = ({ plays }: KeptPlays, { playGapMs }: PlaySignalLimits): Play[] =>
  plays.flatMap((play) => readPlay(play, playGapMs) ?? []);

/** Log time at which the first sitting, or events whose play has no start, can be forgotten. */
function sealTime({ kept }: PlaySignalState, { latenessMs, sittingGapMs }: PlaySignalLimits): EpochMs {
  const first = firstClose(kept, sittingGapMs);
  return first === Infinity ? NEVER : first + latenessMs + 1;
}

/** Forgets what no timely event from this log time on can change: whole sittings, the oldest first. */
function forgetSealed(state: PlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  const { kept } = state;
  const sealed = logTime - limits.latenessMs;
  const count = sealedCount(kept, sealed, limits.sittingGapMs);
  if (kept.early.length > 0) kept.early = kept.early.filter((play) => lastPoint(play) >= sealed);
  if (count > 0) forgetFirst(state, count, logTime, limits);
  else keepLasting(state, [], logTime, limits);
  state.sealsAt = sealTime(state, limits);
}

/** With the event added that made one too many: what it takes back while plays are forgotten is told no more. */
function forgetOldest(state: PlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  forgetSealed(state, logTime, limits);
  const { kept } = state;
  const isTooMany = keptCount(kept) > limits.plays;
  if (isTooMany && kept.plays.length === 0) kept.early.shift();
  forgetFirst(state, isTooMany ? Math.min(1, kept.plays.length) : 0, logTime, limits);
}

/** Forgets the plays that began first, and carries on from them. */
function forgetFirst(
  state: PlaySignalState,
  count: number,
  logTime: EpochMs,
  limits: PlaySignalLimits,
): void {
  for (const gone of removeFirst(state.kept, count)) {
    const play = readPlay(gone, limits.playGapMs)!;
    carryCompletion(state, play, limits.completedTitles);
    carryGenres(state, play, limits);
  }
  state.isThinned = true;
  const isShift = ({ name }: Signal): boolean => name === 'genre-shift';
  if (state.standing.every(isShift)) return keepLasting(state, [], logTime, limits);
  const left = new Set(allSignals(readAll(state.kept, limits), state, limits.sittingGapMs).map(idOf));
  const isLeft = (one: Signal): boolean => isShift(one) || left.has(idOf(one));
  keepLasting(
    state,
    state.standing.filter((one) => !isLeft(one)),
    logTime,
    limits,
  );
  state.standing = state.standing.filter(isLeft);
}

function keepLasting(
  state: PlaySignalState,
  more: readonly Signal[],
  logTime: EpochMs,
  { lastingSignals }: PlaySignalLimits,
): void {
  if (state.lasting.length + more.length === 0) return;
  state.lasting = holding([...state.lasting, ...more], logTime).slice(0, lastingSignals);
}
