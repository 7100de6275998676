/**
 * How often a title was shown in the last day: the newest hour that has a bucket, in hours since the epoch, then hourly
 * buckets in a ring, exact whatever order events come in. Impressions of hour h, at most 255, stand in bucket h modulo
 * DAY_BUCKETS; six buckets are one word of 48 bits.
 */
import { HOUR_MS, type EpochMs } from '../time.ts';
import { DAY, DAY_WORDS, type MemoryState } from './state.ts';

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

/** Counts an impression; one older than the ring reaches back changes nothing. */
export function countInDay({ days }: MemoryState, slot: number, time: EpochMs): void {
  const hour = hourOf(time);
  const base = slot * DAY;
  const newest = days[base]!;
  if (hour > newest) turnTo(days, base, hour);
  else if (hour <= newest - DAY_BUCKETS) return;
  const bucket = hour % DAY_BUCKETS;
  if (countAt(days, base, bucket) < MOST) days[wordOf(base, bucket)]! += UNITS[bucket % A_WORD]!;
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
export function dayCount({ days }: MemoryState, slot: number, now: EpochMs): number {
  const hour = hourOf(now);
  const base = slot * DAY;
  const newest = days[base]!;
  let count = 0;
  for (let h = Math.max(hour, newest) - DAY_BUCKETS + 1; h <= Math.min(hour, newest); h++) {
    if (h >= 0) count += countAt(days, base, h % DAY_BUCKETS);
  }
  return count;
}
