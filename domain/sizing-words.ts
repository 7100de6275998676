/** Decisions about the number of processes in words, for people who read logs and answers. */
import type { SizingDecision, SizingReason } from './sizing.ts';

const WHY: Readonly<Record<SizingReason, string>> = {
  first: 'the controller has just begun and keeps what is there',
  steady: 'the load fits the processes',
  rate: 'more arrives than the processes should be given',
  lag: 'the backlog would not be gone in time',
  calm: 'fewer have been enough for the whole cool-down',
  'no-reading': 'the log did not answer: the last decision is kept',
  gap: 'nothing was read for too long: the last decision is kept',
  'clock-stepped-back': 'the clock stepped back: the last decision is kept',
  'log-changed': 'the log is not the one it was: the last decision is kept',
};

const BOUND: Readonly<Record<NonNullable<SizingDecision['boundBy']>, string>> = {
  min: 'fewer would do, the minimum is kept',
  max: 'the maximum is reached',
  partitions: 'there are no more partitions to share: only a new topic generation helps',
};

/** One sentence. */
export function explain({ reason, boundBy, desired, wanted }: SizingDecision): string {
  if (boundBy === undefined) return `${WHY[reason]}.`;
  return `${WHY[reason]}; ${desired} of the ${wanted} wanted: ${BOUND[boundBy]}.`;
}

/** In how long the processes that are there would have read all that waits, milliseconds; undefined for never. */
export function drainMs({ lag, processes, capacity, arrivalRate }: SizingDecision): number | undefined {
  if (lag === 0) return 0;
  const spare = processes * capacity - arrivalRate;
  return spare > 0 ? Math.round((lag / spare) * 1000) : undefined;
}
