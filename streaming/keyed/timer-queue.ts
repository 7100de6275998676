/**
 * Timers of one partition in order of time, then key: those stored, and those set since the last commit. Whether a timer
 * still stands is for the caller to see.
 */
import type { EpochMs } from '../../domain/time.ts';
import type { KeyedPartition, Timer } from '../../infra/state/keyed-state.ts';

export interface TimerQueue {
  set(timer: Timer): void;
  /** Takes the earliest timer up to `until` (inclusive); undefined when none is left. */
  next(until: EpochMs): Timer | undefined;
  /** What was set is stored now. */
  stored(): void;
}

const byTimeThenKey = (a: Timer, b: Timer): number =>
  a.time - b.time || (a.key < b.key ? -1 : Number(a.key > b.key));

export function createTimerQueue(states: Pick<KeyedPartition<unknown>, 'timers' | 'nextTimer'>): TimerQueue {
  /** Stored timers up to here were taken. */
  let scannedTo: EpochMs = -1;
  let nextStored: EpochMs | undefined;
  let fresh: Timer[] = [];
  let earliestFresh: EpochMs = Infinity;
  /** Due ones in order, taken from the end. */
  const due: Timer[] = [];

  const collect = (until: EpochMs): void => {
    nextStored ??= states.nextTimer(scannedTo);
    if (nextStored <= until) {
      due.push(...states.timers(scannedTo, until));
      scannedTo = until;
      nextStored = undefined;
    }
    if (earliestFresh <= until) {
      due.push(...fresh.filter(({ time }) => time <= until));
      fresh = fresh.filter(({ time }) => time > until);
      earliestFresh = fresh.reduce((least, { time }) => Math.min(least, time), Infinity);
    }
    due.sort((a, b) => byTimeThenKey(b, a));
  };

  return {
    set(timer) {
      fresh.push(timer);
      earliestFresh = Math.min(earliestFresh, timer.time);
    },
    next(until) {
      // Also while some are due: one that was woken may have set another that comes first.
      if (earliestFresh <= until || (nextStored ??= states.nextTimer(scannedTo)) <= until) collect(until);
      return due.pop();
    },
    stored() {
      // Those that were set for a time already gone by wait among the stored ones now.
      scannedTo = Math.min(scannedTo, earliestFresh - 1);
      fresh = [];
      earliestFresh = Infinity;
      nextStored = undefined;
    },
  };
}
