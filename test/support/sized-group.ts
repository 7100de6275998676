/** A group of processes that a controller sizes, in readings that are made up. */
import type { Reading } from '../../domain/sizing-load.ts';
import { step, type SizingDecision, type SizingRules, type SizingState } from '../../domain/sizing.ts';

export const SECOND_MS = 1000;
export const INTERVAL_MS = 5 * SECOND_MS;
export const PARTITIONS = 8;
export const RULES: SizingRules = {
  minProcesses: 1,
  maxProcesses: 100,
  capacity: 1000,
  measuresCapacity: true,
  growAbove: 0.75,
  shrinkBelow: 0.45,
  drainTargetMs: 30 * SECOND_MS,
  lagAllowanceMs: 3 * SECOND_MS,
  coolDownMs: 60 * SECOND_MS,
  settleMs: 20 * SECOND_MS,
  rateWindowMs: 15 * SECOND_MS,
  longestGapMs: 15 * SECOND_MS,
};

interface Group {
  /** Records a second that one process really takes. */
  readonly capacity: number;
  /** How many readings a new process takes to be there. */
  readonly startReadings?: number;
}

/** A group that follows the decisions: `rateAt` says what arrives during each interval. */
export function follow(
  rateAt: (reading: number) => number,
  readings: number,
  { capacity, startReadings = 1 }: Group = { capacity: 1000 },
  rules: SizingRules = RULES,
): SizingDecision[] {
  const decisions: SizingDecision[] = [];
  const due: number[] = [];
  let state: SizingState | undefined;
  let processes = 1;
  let end = 0;
  let position = 0;
  for (let i = 0; i < readings; i++) {
    end += (rateAt(i) * INTERVAL_MS) / 1000;
    position = Math.min(end, position + (processes * capacity * INTERVAL_MS) / 1000);
    state = step(state, readingAt(i * INTERVAL_MS, end, position, processes), rules);
    decisions.push(state!.decision);
    due.push(state!.decision.desired);
    processes = due.at(-1 - startReadings) ?? processes;
  }
  return decisions;
}

/** Everything spread evenly over the partitions. */
export function readingAt(time: number, end: number, position: number, processes: number): Reading {
  const partitions = Array.from({ length: PARTITIONS }, (_, i) => ({
    name: `speed/plays/${i}`,
    group: 'speed',
    owner: processes > 0 ? `member-${i % processes}` : undefined,
    end: end / PARTITIONS,
    position: position / PARTITIONS,
  }));
  return { time, partitions, widest: PARTITIONS, processes };
}
