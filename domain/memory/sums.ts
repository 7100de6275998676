/** Decayed counts of an entry: each sum is as of the entry's last event time, so that the order of events is no matter. */
import type { EpochMs } from '../time.ts';
import {
  LAST,
  LENGTH,
  MARKS,
  MEMORY_SPANS,
  openMarks,
  placeOf,
  SPAN_COUNT,
  SUMS,
  type MemoryState,
} from './state.ts';

const RATES = MEMORY_SPANS.map(({ tauMs }) => 1 / tauMs);

/** Counts one more impression at `time`, wherever that lies among those before. */
export function countSighting(state: MemoryState, entry: number, time: EpochMs): void {
  const base = openMarks(state, entry);
  const { marks } = state;
  const age = time - marks[base + LAST]!;
  if (age === 0) for (let i = 0; i < SPAN_COUNT; i++) marks[base + SUMS + i]! += 1;
  else if (age > 0) {
    for (let i = 0; i < SPAN_COUNT; i++) {
      marks[base + SUMS + i] = marks[base + SUMS + i]! * Math.exp(-age * RATES[i]!) + 1;
    }
    marks[base + LAST] = time;
    marks[base + LENGTH]! += age;
  } else {
    for (let i = 0; i < SPAN_COUNT; i++) marks[base + SUMS + i]! += Math.exp(age * RATES[i]!);
    if (-age > marks[base + LENGTH]!) marks[base + LENGTH] = -age;
  }
}

/** When an entry's title was first shown in its row. */
export function firstTime({ times, marks }: MemoryState, entry: number): EpochMs {
  const time = times[entry]!;
  if (time >= 0) return time;
  const base = placeOf(time) * MARKS;
  return marks[base + LAST]! - marks[base + LENGTH]!;
}

/** Adds all that one entry counts to another. */
export function mergeSums(state: MemoryState, from: number, into: number): void {
  const first = Math.min(firstTime(state, from), firstTime(state, into));
  const [a, b] = [openMarks(state, from), openMarks(state, into)];
  const { marks } = state;
  const last = Math.max(marks[a + LAST]!, marks[b + LAST]!);
  const [ageA, ageB] = [last - marks[a + LAST]!, last - marks[b + LAST]!];
  for (let i = 0; i < SPAN_COUNT; i++) {
    marks[b + SUMS + i] =
      marks[b + SUMS + i]! * Math.exp(-ageB * RATES[i]!) + marks[a + SUMS + i]! * Math.exp(-ageA * RATES[i]!);
  }
  marks[b + LAST] = last;
  marks[b + LENGTH] = last - first;
}

/** One decayed count of an entry as of `at`; what lies after `at` counts whole. */
export function sumAt({ times, marks }: MemoryState, entry: number, span: number, at: EpochMs): number {
  const time = times[entry]!;
  if (time >= 0) return Math.exp(-Math.max(0, at - time) * RATES[span]!);
  const base = placeOf(time) * MARKS;
  const age = Math.max(0, at - marks[base + LAST]!);
  return marks[base + SUMS + span]! * Math.exp(-age * RATES[span]!);
}
