/**
 * How many processes of a kind there should be: a fold over readings of the log, so that a replay of readings gives the
 * decisions that were taken.
 *
 * With λ records a second arriving, a backlog of L records, c records a second that one process takes, a drain target of
 * T seconds and the load factors grow > shrink,
 *
 *   grow to   ⌈ max( λ / (grow · c),   Σₚ min(1, (λₚ + Lₚ / T) / c) ) ⌉   at once, when that is more than there are;
 *   shrink to ⌈ max( λ / (shrink · c), the same sum ) ⌉   at its largest during a whole cool-down that was below.
 *
 * The sum is what it takes to drain every partition p within T: a partition has one owner, so it never asks for more
 * than one process; λ is the mean of a window. L is the lag beyond what arrives within an allowance.
 *
 * Load that stays within ±e of its mean never makes the number go up and down again as long as
 * shrink / grow < (1 − e) / (1 + e): whatever made it grow past n was above grow · c · n, so nothing of that load is below
 * shrink · c · n. For e = 20 % that is 2/3.
 */
import { capacitySeen } from './sizing-capacity.ts';
import type { EpochMs } from './time.ts';
import { isContinued, loadBetween, type Load, type Reading } from './sizing-load.ts';

export interface SizingRules {
  readonly minProcesses: number;
  readonly maxProcesses: number;
  /** Records a second that one process takes, as long as none was seen at its limit. */
  readonly capacity: number;
  /** Whether a group that cannot keep up corrects `capacity`. */
  readonly measuresCapacity: boolean;
  /** Share of its capacity above which a process is too busy. */
  readonly growAbove: number;
  /** Share of its capacity that the processes left over may have after shrinking. */
  readonly shrinkBelow: number;
  /** In how long a backlog should be gone. */
  readonly drainTargetMs: number;
  /** Records that came within this long are no backlog. */
  readonly lagAllowanceMs: number;
  /** How long fewer processes must have been enough. */
  readonly coolDownMs: number;
  /** After a change of members nothing is learned of capacity for this long. */
  readonly settleMs: number;
  /** Rates are means of this long. */
  readonly rateWindowMs: number;
  /** Readings further apart than this say nothing of the time between. */
  readonly longestGapMs: number;
}

/** Why the number is what it is. The last four keep the number as it was. */
export type SizingReason =
  'first' | 'steady' | 'rate' | 'lag' | 'calm' | 'no-reading' | 'gap' | 'clock-stepped-back' | 'log-changed';

export interface SizingDecision {
  /** How many processes there should be, within all bounds. */
  readonly desired: number;
  /** How many the load asks for, were there no bounds. */
  readonly wanted: number;
  readonly reason: SizingReason;
  /** What kept `desired` from being `wanted`. */
  readonly boundBy: 'min' | 'max' | 'partitions' | undefined;
  /** Records a second: what arrives, what is read, what one process takes. */
  readonly arrivalRate: number;
  readonly foldRate: number;
  readonly capacity: number;
  /** Records. */
  readonly lag: number;
  readonly processes: number;
}

export interface SizingState {
  readonly decision: SizingDecision;
  /** Those that capacity is learned from, oldest first; those of the rate window are among them. */
  readonly readings: readonly Reading[];
  /** Records a second that one process was seen to take; undefined while none was at its limit. */
  readonly measured: number | undefined;
  /** Since when members are no fewer than desired, and partitions are whose they were. */
  readonly settledSince: EpochMs | undefined;
  /** Since when fewer are enough, and how many at the most. */
  readonly calm: { readonly since: EpochMs; readonly most: number } | undefined;
}

/** What a process takes is a mean over so many windows at the most … */
const LEARNING_WINDOWS = 5;
/** … of which no more readings are looked at, however often they are taken. */
const MOST_LEARNED_FROM = 20;
/** About so many readings of a window are kept, however often they are taken. */
const READINGS_A_WINDOW = 20;

/** The state after the next reading, undefined for one that could not be taken. */
export function step(
  state: SizingState | undefined,
  reading: Reading | undefined,
  rules: SizingRules,
): SizingState | undefined {
  if (reading === undefined) return state && keep(state, 'no-reading', []);
  if (state === undefined) return begin(reading, rules);
  const last = state.readings.at(-1);
  if (last !== undefined) {
    if (reading.time < last.time) return keep(state, 'clock-stepped-back', [reading]);
    if (reading.time === last.time) return state;
    if (reading.time - last.time > rules.longestGapMs) return keep(state, 'gap', [reading]);
    if (!isContinued(last, reading)) return keep(state, 'log-changed', [reading]);
  }
  if (last === undefined) return keep(state, state.decision.reason, [reading]);
  return decide(state, last, reading, rules);
}

/** A controller that has just begun wants what is there. */
function begin(reading: Reading, rules: SizingRules): SizingState {
  const load = loadBetween(reading, reading, rules.lagAllowanceMs);
  const { desired, boundBy } = bounded(reading.processes, reading, rules);
  return {
    decision: {
      ...{ desired, wanted: reading.processes, reason: 'first', boundBy, capacity: rules.capacity },
      ...{ arrivalRate: 0, foldRate: 0, lag: load.lag, processes: reading.processes },
    },
    readings: [reading],
    measured: undefined,
    settledSince: undefined,
    calm: undefined,
  };
}

/** Whatever was under way begins anew: time that nobody saw proves nothing. */
function keep(state: SizingState, reason: SizingReason, readings: readonly Reading[]): SizingState {
  const decision = { ...state.decision, reason };
  return { ...state, decision, readings, settledSince: undefined, calm: undefined };
}

function decide(state: SizingState, last: Reading, reading: Reading, rules: SizingRules): SizingState {
  const before = state.decision;
  const { time, processes } = reading;
  const learnedFrom = time - LEARNING_WINDOWS * leastLearningMs(rules) - rules.lagAllowanceMs;
  const readings = [...spaced(since(state.readings, learnedFrom), rules), reading];
  const window = since(readings, time - rules.rateWindowMs);
  const load = loadBetween(window[0] ?? reading, reading, rules.lagAllowanceMs);
  const isSettled = processes >= before.desired && isOwnedAlike(last, reading);
  const settledSince = isSettled ? (state.settledSince ?? time) : undefined;
  const measured = learn({ measured: state.measured, settledSince }, readings, rules);
  const capacity = measured ?? rules.capacity;

  const draining = drainNeed(load, capacity, rules);
  const busy = load.arrivalRate / (rules.growAbove * capacity);
  const needed = ceil(Math.max(busy, draining));
  const spare = ceil(Math.max(load.arrivalRate / (rules.shrinkBelow * capacity), draining));
  const facts = {
    capacity,
    processes,
    lag: load.lag,
    arrivalRate: load.arrivalRate,
    foldRate: load.foldRate,
  };

  const grown = bounded(needed, reading, rules);
  if (grown.desired > before.desired) {
    const reason = draining > busy ? 'lag' : 'rate';
    const decision = { ...facts, ...grown, wanted: needed, reason } as const;
    return { decision, readings, measured, settledSince: undefined, calm: undefined };
  }
  const enough = bounded(spare, reading, rules).desired;
  const calm = enough < before.desired ? stillCalm(state, time, enough) : undefined;
  const isOver = calm !== undefined && time - calm.since >= rules.coolDownMs;
  const wanted = isOver ? calm.most : before.desired;
  const { desired, boundBy } = bounded(wanted, reading, rules);
  const isShrunk = desired < before.desired;
  const decision: SizingDecision = {
    ...{ ...facts, desired, wanted: Math.max(desired, needed) },
    reason: isOver ? 'calm' : 'steady',
    boundBy: needed > desired ? grown.boundBy : boundBy,
  };
  return {
    ...{ decision, readings, measured },
    settledSince: isShrunk ? undefined : settledSince,
    calm: isOver ? undefined : calm,
  };
}

/** The readings from a moment on, and the newest before it. */
function since(readings: readonly Reading[], from: EpochMs): readonly Reading[] {
  const first = readings.findLastIndex(({ time }) => time <= from);
  return readings.slice(Math.max(0, first));
}

/** Without the newest, which is followed by another now, where it is hardly newer than the one before it. */
function spaced(readings: readonly Reading[], { rateWindowMs }: SizingRules): readonly Reading[] {
  const [before, newest] = readings.slice(-2);
  if (before === undefined || newest === undefined) return readings;
  return newest.time - before.time < rateWindowMs / READINGS_A_WINDOW ? readings.slice(0, -1) : readings;
}

/** What it takes to drain every partition in time; a partition can be given to one process at the most. */
function drainNeed({ partitions }: Load, capacity: number, { drainTargetMs }: SizingRules): number {
  let need = 0;
  for (const { arrivalRate, backlog } of partitions)
    need += Math.min(1, (arrivalRate + (backlog * 1000) / drainTargetMs) / capacity);
  return need;
}

/** Partitions that have just changed hands say nothing of capacity. */
function learn(
  { measured, settledSince }: Pick<SizingState, 'measured' | 'settledSince'>,
  readings: readonly Reading[],
  rules: SizingRules,
): number | undefined {
  if (!rules.measuresCapacity || settledSince === undefined) return measured;
  const settled = readings.filter(({ time }) => time >= settledSince + rules.settleMs);
  const every = Math.ceil(settled.length / MOST_LEARNED_FROM);
  const looked = settled.filter((_, i) => (settled.length - 1 - i) % every === 0);
  const limits = { lagAllowanceMs: rules.lagAllowanceMs, leastMs: leastLearningMs(rules) };
  return capacitySeen(looked, measured ?? rules.capacity, limits) ?? measured;
}

function isOwnedAlike(last: Reading, reading: Reading): boolean {
  const owners = new Map(last.partitions.map(({ name, owner }) => [name, owner]));
  return reading.partitions.every(({ name, owner }) => owners.get(name) === owner);
}

/** A window of rates, or some readings where they are further apart. */
const leastLearningMs = ({ rateWindowMs, longestGapMs }: SizingRules): number =>
  Math.max(rateWindowMs, longestGapMs);

const stillCalm = ({ calm }: SizingState, time: EpochMs, enough: number) => ({
  since: calm?.since ?? time,
  most: Math.max(calm?.most ?? 0, enough),
});

function bounded(
  wanted: number,
  { widest }: Reading,
  { minProcesses, maxProcesses }: SizingRules,
): Pick<SizingDecision, 'desired' | 'boundBy'> {
  const most = Math.min(maxProcesses, widest);
  if (wanted > most) return { desired: most, boundBy: widest < maxProcesses ? 'partitions' : 'max' };
  const least = Math.min(minProcesses, most);
  return wanted < least ? { desired: least, boundBy: 'min' } : { desired: wanted, boundBy: undefined };
}

/** Rounds up, but not for what a sum of fractions is above a whole number by. */
const ceil = (need: number): number => Math.ceil(need - 1e-9);
