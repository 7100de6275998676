/**
 * How often a title was shown in the last day: the newest hour that has a bucket, in hours since the epoch, then hourly
 * buckets in a ring, exact whatever order events come in. Impressions of hour h, at most 255, stand in bucket h modulo
 * DAY_BUCKETS; six buckets are one word of 48 bits.
 */
import { HOUR_MS, type EpochMs } from '../time.ts';
import { DAY, DAY_WORDS, atPlace, placeOf, type MemoryState } from './state.ts';

/** Hourly buckets of the exact count of the last day. */
const DAY_BUCKETS = 24;
const A_WORD = DAY_BUCKETS / DAY_WORDS;
const VALUES = 256;
const MOST = VALUES - 1;
/** What a bucket's count is multiplied by within its word. */
const UNITS = Array.from({ length: A_WORD }, (_, i) => VALUES ** i);

export const hourOf = (time: EpochMs): number => Math.max(0, Math.floor(time / HOUR_MS));

const countAt = (days: readonly number[], base: number, bucket: number): number =>
  Math.floor(days[wordOf(base, bucket)]! / UNITS[bucket % A_WORD]!) % VALUES;

const wordOf = (base: number, bucket: number): number => base + 1 + Math.floor(bucket / A_WORD);

/** Counts one more impression of a slot; one older than the ring reaches back changes nothing. */
export function countInDay(state: MemoryState, slot: number, time: EpochMs): void {
  const hour = hourOf(time);
  const base = openDays(state, slot);
  const { days } = state;
  const newest = days[base]!;
  if (hour > newest) turnTo(days, base, hour);
  else if (hour <= newest - DAY_BUCKETS) return;
  const bucket = hour % DAY_BUCKETS;
  if (countAt(days, base, bucket) < MOST) days[wordOf(base, bucket)]! += UNITS[bucket % A_WORD]!;
}

/** Where the days of a slot begin; they are made of its one impression where it had none. */
function openDays({ hours, days }: MemoryState, slot: number): number {
  const hour = hours[slot]!;
  if (hour < 0) return placeOf(hour) * DAY;
  const base = days.length;
  days.push(hour, 0, 0, 0, 0);
  days[wordOf(base, hour % DAY_BUCKETS)] = UNITS[(hour % DAY_BUCKETS) % A_WORD]!;
  hours[slot] = atPlace(base / DAY);
  return base;
}

/** Empties the buckets of the hours that have passed. */
function turnTo(days: number[], base: number, hour: number): void {
  const passed = hour - days[base]!;
  days[base] = hour;
  if (passed >= DAY_BUCKETS) {
    for (let word = 1; word <= DAY_WORDS; word++) days[base + word] = 0;
    return;
  }
  for (let i = 0; i < passed; i++) {
    const bucket = (hour - i) % DAY_BUCKETS;
    days[wordOf(base, bucket)]! -= countAt(days, base, bucket) * UNITS[bucket % A_WORD]!;
  }
}

/** Impressions in the hour of `now` and the 23 before it. */
export function dayCount({ hours, days }: MemoryState, slot: number, now: EpochMs): number {
  const hour = hourOf(now);
  const isInDay = (one: number): boolean => one <= hour && one > hour - DAY_BUCKETS;
  const once = hours[slot]!;
  if (once >= 0) return isInDay(once) ? 1 : 0;
  const base = placeOf(once) * DAY;
  const newest = days[base]!;
  if (newest <= hour - DAY_BUCKETS) return 0;
  let count = 0;
  for (let word = 0; word < DAY_WORDS; word++) {
    let rest = days[base + 1 + word]!;
    for (let bucket = word * A_WORD; rest > 0; bucket++, rest = Math.floor(rest / VALUES)) {
      // The last hour up to the newest that stands in this bucket.
      const ago = (newest - bucket) % DAY_BUCKETS;
      if (isInDay(newest - (ago < 0 ? ago + DAY_BUCKETS : ago))) count += rest % VALUES;
    }
  }
  return count;
}
