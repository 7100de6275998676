/**
 * What a producer sent in each hour of the week, over its last three weeks: the shape that its silences are weighed by.
 * The median of three visits is taken, and of fewer the more cautious one (the lower rate, the longer silence), so that
 * one outage does not teach the audit to expect the next.
 */
import { HOUR_MS, type EpochMs } from '../time.ts';

export const HOURS_OF_WEEK = 168;
const VISITS = 3;
/** 1970-01-01 was a Thursday; hours are UTC. */
export const hourOfWeek = (time: EpochMs): number => Math.floor(time / HOUR_MS) % HOURS_OF_WEEK;

/** What came in one window. */
export interface HourCounts {
  readonly records: number;
  /** Append times of the first and the last of them. */
  readonly first: EpochMs;
  readonly last: EpochMs;
}

export interface LearnedHours {
  /** Records per hour, the newest visits in a ring. */
  readonly records: Float64Array;
  /** The longest that the producer had not been heard for at any moment of the hour, in milliseconds. */
  readonly gaps: Float64Array;
  readonly visits: Uint32Array;
  /** The hour under way (hours since the epoch); its numbers count from its start on. */
  hour: number;
  /** Whether the producer was known all through it. */
  isWhole: boolean;
  current: number;
  currentGap: number;
}

export const createHours = (firstSeen: EpochMs): LearnedHours => ({
  records: new Float64Array(HOURS_OF_WEEK * VISITS),
  gaps: new Float64Array(HOURS_OF_WEEK * VISITS),
  visits: new Uint32Array(HOURS_OF_WEEK),
  hour: Math.floor(firstSeen / HOUR_MS),
  isWhole: false,
  current: 0,
  currentGap: 0,
});

/** Takes a window that ends at `end`; `lastSeen` is when the producer was last heard before what came in it. */
export function noteHours(
  hours: LearnedHours,
  end: EpochMs,
  lastSeen: EpochMs,
  counts: HourCounts | undefined,
): void {
  const hour = Math.floor((end - 1) / HOUR_MS);
  if (hour > hours.hour) endHour(hours, hour);
  const gap = (counts?.first ?? end) - lastSeen;
  hours.current += counts?.records ?? 0;
  hours.currentGap = Math.max(hours.currentGap, gap);
}

function endHour(hours: LearnedHours, next: number): void {
  const slot = hours.hour % HOURS_OF_WEEK;
  if (hours.isWhole) {
    const at = slot * VISITS + (hours.visits[slot]! % VISITS);
    hours.records[at] = hours.current;
    hours.gaps[at] = hours.currentGap;
    hours.visits[slot]!++;
  }
  hours.hour = next;
  hours.isWhole = true;
  hours.current = 0;
  hours.currentGap = 0;
}

/** Records that the hour of the week holds; undefined before its first visit. */
export function learnedRecords({ records, visits }: LearnedHours, slot: number): number | undefined {
  return cautious(records, slot, visits[slot]!, Math.min);
}

/** The longest silence that is normal in the hour of `time`; 0 before its first visit. */
export function learnedGap({ gaps, visits }: LearnedHours, time: EpochMs): number {
  const slot = hourOfWeek(time);
  return cautious(gaps, slot, visits[slot]!, Math.max) ?? 0;
}

function cautious(
  values: Float64Array,
  slot: number,
  visits: number,
  of: (...values: number[]) => number,
): number | undefined {
  const known = values.subarray(slot * VISITS, slot * VISITS + Math.min(visits, VISITS));
  if (known.length === 0) return undefined;
  return known.length < VISITS ? of(...known) : known.toSorted()[1];
}

/**
 * How much of the producer's traffic at `from` was to be expected from then until `to`, as a time in milliseconds: each
 * hour weighs as much as it held against the hour of `from`, at most 1. An hour that is not learned may have fallen by e
 * in every `declineMs`.
 */
export function exposureOf(hours: LearnedHours, from: EpochMs, to: EpochMs, declineMs: number): number {
  const reference = learnedRecords(hours, hourOfWeek(from)) ?? 0;
  let exposure = 0;
  let at = from;
  while (at < to) {
    const end = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    const learned = reference > 0 ? learnedRecords(hours, hourOfWeek(at)) : undefined;
    exposure +=
      learned === undefined
        ? declineMs * (Math.exp((from - at) / declineMs) - Math.exp((from - end) / declineMs))
        : (end - at) * Math.min(1, learned / reference);
    at = end;
  }
  return exposure;
}
