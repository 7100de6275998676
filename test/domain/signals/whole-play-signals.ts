/**
 * The rule of play signals as it reads plainest: what all plays that are kept say is worked out anew with every event. The
 * fold in domain/signals/play-signals.ts is held to it.
 */
import type { CleanRecord, PlayEvent } from '../../../domain/events/event.ts';
import { playIdOf } from '../../../domain/events/play-id.ts';
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedStep } from '../../../domain/keyed-fold.ts';
import type { EpochMs } from '../../../domain/time.ts';
import { abandonmentsOf } from '../../../domain/signals/abandonment.ts';
import { bingesOf } from '../../../domain/signals/binge.ts';
import {
  carryCompletion,
  completionOf,
  rewatchesOf,
  type Completed,
} from '../../../domain/signals/completion.ts';
import { carryGenres, tellsGenre, type GenreHistory } from '../../../domain/signals/genre-shift.ts';
import {
  addPlayEvent,
  createPlayState,
  lastPoint,
  readPlay,
  type Play,
  type PlayState,
} from '../../../domain/signals/play.ts';
import { holding, idOf, isTimely, upsertsBetween, type Signal } from '../../../domain/signals/signal.ts';
import type { PlaySignalLimits } from '../../../domain/signals/play-signals.ts';
import { byStart, sittingsOf, type Sitting } from '../../../domain/signals/sittings.ts';
import { genreShiftsOf } from './whole-genre-shift.ts';

export interface WholePlaySignalState extends Completed, GenreHistory {
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

export function createWholePlaySignals(
  limits: PlaySignalLimits,
): KeyedFold<WholePlaySignalState, 'user-behavior-features'> {
  return {
    name: 'play-signals',
    version: 0,
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

type Step = KeyedStep<WholePlaySignalState, 'user-behavior-features'>;

function stepPlays(
  limits: PlaySignalLimits,
  before: WholePlaySignalState | undefined,
  record: CleanRecord<PlayEvent>,
): Step {
  if (!isTimely(record, limits.latenessMs)) return settled(before, []);
  // What is forgotten depends on the record alone, not on when the last wake was.
  const isKnown = before !== undefined && !isQuiet(before, record.appendTime);
  const state = isKnown ? before : createState();
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

const createState = (): WholePlaySignalState => ({
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

const isQuiet = ({ lastAt }: WholePlaySignalState, logTime: EpochMs): boolean =>
  logTime >= lastAt + QUIET_PROFILE_MS;

const isEmpty = (state: WholePlaySignalState): boolean =>
  [state.plays, state.standing, state.lasting, state.completedTitles, state.mixes].every(
    ({ length }) => length === 0,
  );

function settled(state: WholePlaySignalState | undefined, outputs: Step['outputs']): Step {
  if (state === undefined || isEmpty(state)) return { state: undefined, outputs };
  return { state, outputs, wakeAt: Math.min(state.sealsAt, state.lastAt + QUIET_PROFILE_MS) };
}

function playOf(state: WholePlaySignalState, id: string): PlayState {
  const known = state.plays.find((play) => play.id === id);
  if (known !== undefined) return known;
  const play = createPlayState(id);
  state.plays.push(play);
  return play;
}

function readPlays(
  state: WholePlaySignalState,
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
  for (const sitting of sittings) signals.push(...bingesOf(sitting.plays), ...abandonmentsOf(sitting.plays));
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
  state: WholePlaySignalState,
  sittings: readonly Sitting[],
  { latenessMs }: PlaySignalLimits,
): EpochMs {
  let first = sittings[0]?.closesAt ?? NEVER;
  for (const play of state.plays) if (play.startedAt < 0) first = Math.min(first, lastPoint(play));
  return first === NEVER ? NEVER : first + latenessMs + 1;
}

/** Forgets what no timely event from this log time on can change: whole sittings, the oldest first. */
function forgetSealed(state: WholePlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  const sealed = logTime - limits.latenessMs;
  const { sittings } = readPlays(state, limits);
  const open = sittings.findIndex(({ closesAt }) => closesAt >= sealed);
  const gone = sittings.slice(0, open < 0 ? sittings.length : open).flatMap(({ plays }) => plays);
  state.plays = state.plays.filter((play) => play.startedAt >= 0 || lastPoint(play) >= sealed);
  forget(state, gone, logTime, limits);
}

function forgetOldest(state: WholePlaySignalState, logTime: EpochMs, limits: PlaySignalLimits): void {
  forgetSealed(state, logTime, limits);
  if (state.plays.length <= limits.plays) return;
  const [oldest] = readPlays(state, limits).plays;
  if (oldest === undefined) state.plays.shift();
  else forget(state, [oldest], logTime, limits);
}

function forget(
  state: WholePlaySignalState,
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
