/**
 * Which titles a profile watches together, bounded: the strongest pairs alone are kept.
 *
 * A *watch* is a title and a clock hour of event time in which a play of it stopped after enough seconds (the rule of
 * qualified plays); episodes count for their series. Two watches of different titles at most `windowMs` apart are a
 * *co-watch*, as of the later of the two. The *strength* of a pair at time t is the sum over its co-watches of e^(−age / τ),
 * τ = PAIR_TAU_MS, so that a co-watch of today weighs 1 and one of a month ago 0.37; `times` is their plain number.
 *
 * Watches are a set, so within the limits the order in which events come is no matter (strengths to 1e-9 of their value):
 * an event takes part when it was logged at most `latenessMs` after it happened, and a watch is kept until no such event
 * can come within its window. Past the limits, what is forgotten is a function of the log. A profile of which nothing came
 * for QUIET_PROFILE_MS of log time is forgotten whole.
 */
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedInput, type KeyedStep } from './keyed-fold.ts';
import { isQualified } from './measures.ts';
import { DAY_MS, HOUR_MS, TIME_STATUS, type EpochMs } from './time.ts';

export interface TitlePairLimits {
  /** K: strongest pairs kept; a quarter more may be there between two evictions. */
  readonly pairs: number;
  /** Watches that still wait for company, the newest. */
  readonly watches: number;
  readonly windowMs: number;
  readonly latenessMs: number;
}

/** Its name and version, for those who read what it stored. */
export const TITLE_PAIRS = { name: 'title-pairs', version: 1 } as const;

export const PAIR_TAU_MS = 30 * DAY_MS;

/** In columns: pair i is the titles numbered first[i] and second[i], the smaller id first. */
export interface TitlePairsState {
  titles: string[];
  first: number[];
  second: number[];
  times: number[];
  /** Newest co-watch of each pair. */
  newest: EpochMs[];
  /** Strength of each pair as of its newest co-watch. */
  strength: number[];
  /** Watches: the title's number, and the hour since the epoch. */
  watched: number[];
  hour: number[];
  /** Log time at which to see whether the profile has been quiet for so long that it is forgotten. */
  lookAt: EpochMs;
}

export interface TitlePair {
  /** The smaller id first. */
  readonly titles: readonly [string, string];
  readonly times: number;
  readonly newest: EpochMs;
  readonly strength: number;
}

export function createTitlePairs(limits: TitlePairLimits): KeyedFold<TitlePairsState> {
  return {
    ...TITLE_PAIRS,
    topics: ['plays'],
    output: undefined,
    reads: [
      'eventTime',
      'profileId',
      'titleId',
      'viewedSeconds',
      'durationSeconds',
      'runtimeSeconds',
      'rootTitleId',
    ],
    keyOf: ({ event }) => event.profileId,
    step: (state, input) => stepPairs(limits, state, input),
    wake: (_profile, state, logTime) => forgetIfQuiet(state, logTime),
  };
}

/** All pairs kept, as of a time, the strongest first; of equal ones the smaller ids. */
export function readTitlePairs(state: TitlePairsState, asOf: EpochMs): TitlePair[] {
  const { titles, first, second, times, newest } = state;
  return byStrength(state, asOf).map((i) => ({
    titles: [titles[first[i]!]!, titles[second[i]!]!],
    times: times[i]!,
    newest: newest[i]!,
    strength: strengthAt(state, i, asOf),
  }));
}

function stepPairs(
  limits: TitlePairLimits,
  before: TitlePairsState | undefined,
  { record }: KeyedInput,
): KeyedStep<TitlePairsState> {
  const { event, enriched, appendTime, timeStatus } = record;
  const isTimely = timeStatus === TIME_STATUS.ok && appendTime - event.eventTime <= limits.latenessMs;
  if (!isTimely || event.kind !== 'play_stop') return kept(before);
  if (!isQualified(event.viewedSeconds, event.durationSeconds ?? enriched?.runtimeSeconds))
    return kept(before);
  const state = before ?? createState();
  forgetWatches(state, (hour) => endOf(hour) + limits.windowMs + limits.latenessMs < appendTime);
  watch(state, enriched?.rootTitleId ?? event.titleId, Math.floor(event.eventTime / HOUR_MS), limits);
  state.lookAt = Math.min(state.lookAt, event.eventTime + QUIET_PROFILE_MS);
  return kept(state);
}

const kept = (state: TitlePairsState | undefined): KeyedStep<TitlePairsState> =>
  state === undefined ? { state, outputs: [] } : { state, outputs: [], wakeAt: state.lookAt };

function createState(): TitlePairsState {
  return {
    ...{ titles: [], first: [], second: [], times: [], newest: [], strength: [] },
    ...{ watched: [], hour: [], lookAt: Infinity },
  };
}

const endOf = (hour: number): EpochMs => (hour + 1) * HOUR_MS;

function watch(state: TitlePairsState, title: string, hour: number, limits: TitlePairLimits): void {
  const number = numberOf(state, title);
  const { watched, hour: hours } = state;
  if (watched.some((one, i) => one === number && hours[i] === hour)) return;
  for (let i = 0; i < watched.length; i++) {
    const isNear = Math.abs(hours[i]! - hour) * HOUR_MS <= limits.windowMs;
    if (isNear && watched[i] !== number)
      pairUp(state, number, watched[i]!, Math.max(hours[i]!, hour) * HOUR_MS);
  }
  watched.push(number);
  hours.push(hour);
  if (watched.length > limits.watches) {
    const oldest = hours.reduce((least, one) => Math.min(least, one), Infinity);
    forgetWatches(state, (one) => one === oldest);
  }
  if (state.first.length > limits.pairs + Math.floor(limits.pairs / 4)) keepStrongest(state, limits.pairs);
}

function numberOf({ titles }: TitlePairsState, title: string): number {
  const known = titles.indexOf(title);
  return known >= 0 ? known : titles.push(title) - 1;
}

function pairUp(state: TitlePairsState, a: number, b: number, time: EpochMs): void {
  const { titles, first, second, times, newest, strength } = state;
  const [x, y] = titles[a]! < titles[b]! ? [a, b] : [b, a];
  for (let i = 0; i < first.length; i++) {
    if (first[i] !== x || second[i] !== y) continue;
    const [older, newer] = newest[i]! < time ? [newest[i]!, time] : [time, newest[i]!];
    const weight = Math.exp((older - newer) / PAIR_TAU_MS);
    strength[i] = newest[i]! < time ? strength[i]! * weight + 1 : strength[i]! + weight;
    newest[i] = newer;
    times[i]! += 1;
    return;
  }
  first.push(x);
  second.push(y);
  times.push(1);
  newest.push(time);
  strength.push(1);
}

/** What lies after `asOf` counts whole. */
function strengthAt({ newest, strength }: TitlePairsState, pair: number, asOf: EpochMs): number {
  return strength[pair]! * Math.exp(-Math.max(0, asOf - newest[pair]!) / PAIR_TAU_MS);
}

function byStrength(state: TitlePairsState, asOf: EpochMs): number[] {
  const { titles, first, second } = state;
  const at = first.map((_, i) => strengthAt(state, i, asOf));
  const inOrder = (x: string, y: string): number => (x < y ? -1 : Number(x > y));
  return first
    .map((_, i) => i)
    .sort(
      (i, j) =>
        at[j]! - at[i]! ||
        inOrder(titles[first[i]!]!, titles[first[j]!]!) ||
        inOrder(titles[second[i]!]!, titles[second[j]!]!),
    );
}

/** As of the newest co-watch, so that what is forgotten depends on the log alone. */
function keepStrongest(state: TitlePairsState, pairs: number): void {
  const asOf = state.newest.reduce((most, one) => Math.max(most, one), 0);
  const stay = byStrength(state, asOf).slice(0, pairs);
  for (const column of ['first', 'second', 'times', 'newest', 'strength'] as const) {
    const values = state[column];
    state[column] = stay.map((i) => values[i]!);
  }
  forgetTitles(state);
}

function forgetWatches(state: TitlePairsState, isSpent: (hour: number) => boolean): void {
  if (!state.hour.some(isSpent)) return;
  state.watched = state.watched.filter((_, i) => !isSpent(state.hour[i]!));
  state.hour = state.hour.filter((hour) => !isSpent(hour));
  forgetTitles(state);
}

/** Numbers the titles anew that something still names. */
function forgetTitles(state: TitlePairsState): void {
  const { titles, first, second, watched } = state;
  const used = new Set([...first, ...second, ...watched]);
  if (used.size === titles.length) return;
  const numbers = new Map([...used].sort((a, b) => a - b).map((old, now) => [old, now]));
  state.titles = titles.filter((_, old) => used.has(old));
  for (const column of ['first', 'second', 'watched'] as const) {
    state[column] = state[column].map((old) => numbers.get(old)!);
  }
}

function forgetIfQuiet(state: TitlePairsState, logTime: EpochMs): KeyedStep<TitlePairsState> {
  const newest = [...state.newest, ...state.hour.map((hour) => hour * HOUR_MS)];
  state.lookAt = newest.reduce((most, one) => Math.max(most, one), 0) + QUIET_PROFILE_MS;
  return kept(state.lookAt <= logTime ? undefined : state);
}
