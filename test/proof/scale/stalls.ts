/** How long folding stood still when processes came and went, as readers of the speed view saw it. */
import type { FleetChange } from '../../support/scale-run.ts';

export interface Stall {
  readonly type: FleetChange['type'];
  /** The longest time between two markers of one partition. */
  readonly ms: number;
}

/** Changes of one kind that came so close together are one: their partitions may change hands once. */
const TOGETHER_MS = 10_000;
/** A process takes a while to start before it joins, and another to leave after it was told to. */
const WITHIN_MS = 15_000;

/** The longest gap that overlaps the time from a change to fifteen seconds after it, or to the next of the other kind. */
export function stallsOf(
  changes: readonly FleetChange[],
  markerTimes: readonly (readonly number[])[],
): Stall[] {
  const spells: { type: FleetChange['type']; from: number; last: number }[] = [];
  for (const { at, type } of changes) {
    const spell = spells.at(-1);
    if (spell?.type === type && at - spell.last < TOGETHER_MS) spell.last = at;
    else spells.push({ type, from: at, last: at });
  }
  const gaps = markerTimes.flatMap(gapsOf);
  return spells.map(({ type, from, last }, i) => {
    const until = Math.min(last + WITHIN_MS, spells[i + 1]?.from ?? Infinity);
    const met = gaps.filter((gap) => gap.to > from && gap.from < until);
    return { type, ms: Math.max(0, ...met.map((gap) => gap.to - gap.from)) };
  });
}

/** The usual time between two markers of a partition. */
export function usualGapMs(markerTimes: readonly (readonly number[])[]): number {
  const gaps = markerTimes.flatMap((times) => gapsOf(times).map(({ from, to }) => to - from));
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0;
}

const gapsOf = (times: readonly number[]): { from: number; to: number }[] =>
  times.slice(1).map((to, i) => ({ from: times[i]!, to }));
