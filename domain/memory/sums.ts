/** Decayed counts of an entry: each sum is as of the entry's last event time, so that the order of events is no matter. */
import type { EpochMs } from '../time.ts';
import { FIRST, LAST, MARKS, MEMORY_SPANS, SPAN_COUNT, SUMS, type MemoryState } from './state.ts';

const RATES = Float64Array.from(MEMORY_SPANS, ({ tauMs }) => 1 / tauMs);

/** Counts an impression at `time`, wherever that lies among those before. */
export function countSighting({ marks }: MemoryState, entry: number, time: EpochMs): void {
  const base = entry * MARKS;
  const last = marks[base + LAST]!;
  if (time < marks[base + FIRST]!) marks[base + FIRST] = time;
  if (time > last) {
    const age = time - last;
    for (let i = 0; i < SPAN_COUNT; i++) {
      marks[base + SUMS + i] = marks[base + SUMS + i]! * Math.exp(-age * RATES[i]!) + 1;
    }
    marks[base + LAST] = time;
    return;
  }
  const age = last - time;
  for (let i = 0; i < SPAN_COUNT; i++) marks[base + SUMS + i]! += Math.exp(-age * RATES[i]!);
}

/** Adds all that one entry counts to another. */
export function mergeSums({ marks }: MemoryState, from: number, into: number): void {
  const [a, b] = [from * MARKS, into * MARKS];
  const last = Math.max(marks[a + LAST]!, marks[b + LAST]!);
  const [ageA, ageB] = [last - marks[a + LAST]!, last - marks[b + LAST]!];
  for (let i = 0; i < SPAN_COUNT; i++) {
    marks[b + SUMS + i] =
      marks[b + SUMS + i]! * Math.exp(-ageB * RATES[i]!) + marks[a + SUMS + i]! * Math.exp(-ageA * RATES[i]!);
  }
  marks[b + LAST] = last;
  marks[b + FIRST] = Math.min(marks[a + FIRST]!, marks[b + FIRST]!);
}

/** One decayed count of an entry as of `at`; what lies after `at` counts whole. */
export function sumAt({ marks }: MemoryState, entry: number, span: number, at: EpochMs): number {
  const base = entry * MARKS;
  const age = Math.max(0, at - marks[base + LAST]!);
  return marks[base + SUMS + span]! * Math.exp(-age * RATES[span]!);
}
