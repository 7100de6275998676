/** What the log holds of some append days, counted. */
import { rankOf, registerOf } from '../../domain/distinct.ts';
import {
  CAPPED_AFTER,
  IMPRESSIONS,
  MEASURE_LIMITS,
  PLAYS,
  QUALIFIED_PLAYS,
  SECONDS_VIEWED,
  type MeasureLimits,
} from '../../domain/measures.ts';
import { BUCKET_MS, HOUR_MS } from '../../domain/time.ts';
import { beyondCaps } from './caps.ts';
import { WHAT, type Events } from './logged-events.ts';
import { groupBy, type Groups } from './group-by.ts';
import type { Key, Keys } from './keys.ts';
import type { CodedRows, Values } from './rows.ts';
import { createScratch, type Scratch } from './scratch.ts';
import type { SpanTable } from './base.ts';

/** Events, and whether each stands beyond its cap. */
interface SpanEvents extends Events {
  readonly hour: Key;
  readonly beyond: Int8Array;
}

const BUCKETS_AN_HOUR = HOUR_MS / BUCKET_MS;

/** Every table of some events but `totals`; `recent` begins with a bucket, and is empty without one. */
export function countEvents(
  counted: Events,
  fromBucket: number | undefined,
  { capCount }: MeasureLimits = MEASURE_LIMITS,
  scratch: Scratch = createScratch(),
): Record<SpanTable, CodedRows> {
  const beyond = beyondCaps(counted, capCount, scratch);
  const hour = hoursOf(counted.bucket, scratch.int32('hour', counted.size));
  const events = { ...counted, beyond, hour };
  const { title, country, bucket, row, what } = events;
  /** Of the events that are counted themselves. */
  const grouped = (keys: Keys, isWanted: (i: number) => boolean): Groups => {
    const { size, isCounted } = events;
    const rows = scratch.uint32('picked', size);
    let count = 0;
    for (let i = 0; i < size; i++) if (isCounted[i] === 1 && isWanted(i)) rows[count++] = i;
    return groupBy(keys, rows.subarray(0, count), scratch);
  };
  const isRecent = (i: number): boolean => fromBucket !== undefined && bucket[i]! >= fromBucket;
  const isSeen = (i: number): boolean => what[i] === WHAT.seen && row[i]! > 0;
  const isStarted = (i: number): boolean => what[i] === WHAT.started && events.profileHash[i]! >= 0;
  const register = registersOf(events, scratch.int32('register', counted.size));
  return {
    hours: tally(
      events,
      grouped([title, country, hour], () => true),
    ),
    recent: tally(events, grouped([title, country, bucket], isRecent)),
    row_hours: seenOnly(events, grouped([title, row, hour], isSeen)),
    registers: ranksOf(events, grouped([title, hour, register], isStarted)),
  };
}

function hoursOf(buckets: Key, hours: Key): Key {
  for (let i = 0; i < hours.length; i++) hours[i] = Math.floor(buckets[i]! / BUCKETS_AN_HOUR);
  return hours;
}

/** Every measure of each group. */
function tally({ what, seconds, beyond }: SpanEvents, { order, starts, keys }: Groups): CodedRows {
  const size = starts.length - 1;
  const counts = (): Uint32Array => new Uint32Array(size);
  const [plays, proven, seen] = [counts(), counts(), counts()];
  const [cappedPlays, cappedProven, cappedSeen] = [counts(), counts(), counts()];
  const [viewed, cappedViewed] = [new Float64Array(size), new Float64Array(size)];
  for (let group = 0; group < size; group++) {
    const end = starts[group + 1]!;
    for (let at = starts[group]!; at < end; at++) {
      const event = order[at]!;
      const isWithin = 1 - beyond[event]!;
      switch (what[event]) {
        case WHAT.seen:
          seen[group]! += 1;
          cappedSeen[group]! += isWithin;
          break;
        case WHAT.started:
          plays[group]! += 1;
          cappedPlays[group]! += isWithin;
          break;
        case WHAT.proven:
          proven[group]! += 1;
          cappedProven[group]! += isWithin;
          break;
        case WHAT.stopped:
          viewed[group]! += seconds[event]!;
          if (isWithin === 1) cappedViewed[group]! += seconds[event]!;
          break;
        default:
      }
    }
  }
  const values: Values[] = [];
  values[PLAYS] = plays;
  values[QUALIFIED_PLAYS] = proven;
  values[IMPRESSIONS] = seen;
  values[SECONDS_VIEWED] = viewed;
  values[PLAYS + CAPPED_AFTER] = cappedPlays;
  values[QUALIFIED_PLAYS + CAPPED_AFTER] = cappedProven;
  values[IMPRESSIONS + CAPPED_AFTER] = cappedSeen;
  values[SECONDS_VIEWED + CAPPED_AFTER] = cappedViewed;
  return { size, keys, values };
}

/** How many each group has, and how many within their caps. */
function seenOnly({ beyond }: SpanEvents, { order, starts, keys }: Groups): CodedRows {
  const size = starts.length - 1;
  const [seen, capped] = [new Uint32Array(size), new Uint32Array(size)];
  for (let group = 0; group < size; group++) {
    const end = starts[group + 1]!;
    seen[group] = capped[group] = end - starts[group]!;
    for (let at = starts[group]!; at < end; at++) capped[group]! -= beyond[order[at]!]!;
  }
  return { size, keys, values: [seen, capped] };
}

function registersOf({ profileHash }: Events, register: Key): Key {
  for (let i = 0; i < register.length; i++) register[i] = Math.max(0, registerOf(profileHash[i]!));
  return register;
}

function ranksOf({ profileHash }: Events, { order, starts, keys }: Groups): CodedRows {
  const rank = new Uint8Array(starts.length - 1);
  for (let group = 0; group < rank.length; group++)
    for (let at = starts[group]!; at < starts[group + 1]!; at++)
      rank[group] = Math.max(rank[group]!, rankOf(profileHash[order[at]!]!));
  return { size: rank.length, keys, values: [rank] };
}
