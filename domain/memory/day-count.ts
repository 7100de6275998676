/** How often a title was shown in the last day: hourly buckets, in a ring, exact whatever order events come in. */
import { HOUR_MS, type EpochMs } from '../time.ts';
import { DAY_BUCKETS, type MemoryState } from './state.ts';

const MOST = 255;

export const hourOf = (time: EpochMs): number => Math.max(0, Math.floor(time / HOUR_MS));

/** Counts an impression; one older than the ring reaches back changes nothing. */
export function countInDay({ dayHour, dayCounts }: MemoryState, slot: number, time: EpochMs): void {
  const hour = hourOf(time);
  const base = slot * DAY_BUCKETS;
  const newest = dayHour[slot]!;
  if (hour > newest) {
    const passed = Math.min(hour - newest, DAY_BUCKETS);
    for (let i = 0; i < passed; i++) dayCounts[base + ((hour - i) % DAY_BUCKETS)] = 0;
    dayHour[slot] = hour;
  } else if (hour <= newest - DAY_BUCKETS) return;
  const at = base + (hour % DAY_BUCKETS);
  if (dayCounts[at]! < MOST) dayCounts[at]! += 1;
}

/** Impressions in the hour of `now` and the 23 before it. */
export function dayCount({ dayHour, dayCounts }: MemoryState, slot: number, now: EpochMs): number {
  const hour = hourOf(now);
  const newest = dayHour[slot]!;
  const base = slot * DAY_BUCKETS;
  let count = 0;
  for (let h = Math.max(hour, newest) - DAY_BUCKETS + 1; h <= Math.min(hour, newest); h++) {
    if (h >= 0) count += dayCounts[base + (h % DAY_BUCKETS)]!;
  }
  return count;
}
