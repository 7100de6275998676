/** Drives a fold of signals over the records of one profile and says what holds in the end. */
import type { CleanRecord } from '../../domain/events/event.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { createPlaySignals, type PlaySignalLimits } from '../../domain/signals/play-signals.ts';
import { createSearchSignals } from '../../domain/signals/search-signals.ts';
import type { SignalRecord } from '../../domain/signals/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { inLogOrder, PROFILE } from './profile-records.ts';

export const PLAY_LIMITS: PlaySignalLimits = {
  latenessMs: DAY_MS,
  sittingGapMs: 30 * MINUTE_MS,
  playGapMs: 6 * HOUR_MS,
  plays: 256,
  playEvents: 32,
  lastingSignals: 1000,
  completedTitles: 500,
  recentPlays: 128,
  mixes: 128,
  shiftEvidence: 5,
  shiftLift: 2,
};
export const SEARCH_LIMITS = { latenessMs: DAY_MS, searches: 256 };

export type SignalFold<S> = KeyedFold<S, 'user-behavior-features'>;
export const playSignals = (limits: Partial<PlaySignalLimits> = {}) =>
  createPlaySignals({ ...PLAY_LIMITS, ...limits });
export const searchSignals = () => createSearchSignals(SEARCH_LIMITS);

export interface RunOptions<S> {
  /** Whether the wake that is due before record `i` is called. */
  readonly wakes?: (i: number) => boolean;
  /** What becomes of the state between two records. */
  readonly store?: (state: S) => S;
}

export interface SignalRun<S> {
  readonly outputs: readonly SignalRecord[];
  readonly state: S | undefined;
}

export function runSignals<S>(
  fold: SignalFold<S>,
  records: readonly CleanRecord[],
  { wakes = () => true, store = (state) => state }: RunOptions<S> = {},
): SignalRun<S> {
  let state: S | undefined;
  let wakeAt: number | undefined;
  const outputs: SignalRecord[] = [];
  inLogOrder(records).forEach((input, i) => {
    if (wakeAt !== undefined && state !== undefined && wakeAt <= input.record.appendTime && wakes(i)) {
      const woken = fold.wake!(PROFILE, state, input.record.appendTime);
      state = woken.state;
      outputs.push(...woken.outputs);
    }
    const step = fold.step(state, input);
    state = step.state === undefined ? undefined : store(step.state);
    wakeAt = step.wakeAt;
    outputs.push(...step.outputs);
  });
  return { outputs, state };
}

/** What the topic says in the end: of equal keys the highest version, without what is withdrawn and how it came. */
export function standingOf(outputs: readonly SignalRecord[]): Record<string, object> {
  const newest = new Map<string, SignalRecord>();
  for (const record of outputs) {
    const known = newest.get(record.upsertKey);
    if (known === undefined || known.version < record.version) newest.set(record.upsertKey, record);
  }
  const raised = [...newest]
    .filter(([, { state }]) => state === 'raised')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    raised.map(([key, { version: _version, appendTime: _appendTime, ...said }]) => [key, said]),
  );
}

/** `raised binge series:s 3` and so on, in the order in which it was put out. */
export const toldBy = (outputs: readonly SignalRecord[]): string[] =>
  outputs.map(({ state, signal, subject, value }) =>
    [state, signal, subject, ...(value === undefined ? [] : [value])].join(' '),
  );
