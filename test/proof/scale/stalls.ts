/** How long folding stood still when processes came and went, as readers of the speed view saw it. */
import type { FleetChange } from '../../support/scale-run.ts';

export interface Stall {
  readonly type: FleetChange['type'];
  /** The longest time between two markers of one partition. */
  readonly ms: number;
}

/** Changes that came so close together are one: partitions change hands once for all of them. */
const TOGETHER_MS = 1000;
/** A process takes a while to start before it joins. */
const WITHIN_MS = 15_000;

/** The longest gap of each change that begins after it and before the next, or within fifteen seconds. */
export function stallsOf(
  changes: readonly FleetChange[],
  markerTimes: readonly (readonly number[])[],
): Stall[] {
  const apart = changes.filter(({ at, type }, i) => {
    const before = changes[i - 1];
    return before === undefined || before.type !== type || at - before.at > TOGETHER_MS;
  });
  return apart.map(({ at, type }, i) => {
    const until = Math.min(at + WITHIN_MS, apart[i + 1]?.at ?? Infinity);
    const gaps = markerTimes.flatMap((times) =>
      gapsOf(times).filter(({ from, to }) => to > at && from < until),
    );
    return { type, ms: Math.max(0, ...gaps.map(({ from, to }) => to - from)) };
  });
}

/** The usual time between two markers of a partition. */
export function usualGapMs(markerTimes: readonly (readonly number[])[]): number {
  const gaps = markerTimes.flatMap((times) => gapsOf(times).map(({ from, to }) => to - from));
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0;
}

const gapsOf = (times: readonly number[]): { from: number; to: number }[] =>
  times.slice(1).map((to, i) => ({ from: times[i]!, to }));
