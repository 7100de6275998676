/**
 * Whether a producer that is not heard has fallen silent, or has little to say at this hour.
 *
 * A producer's recent rate is known from n arrivals in an exposure T, both decaying. With a gamma posterior on the rate,
 * no arrival in a further exposure E has the probability (T / (T + E))^n: the negative binomial that predicts a Poisson
 * process of uncertain rate (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6). It needs no time to warm up: few
 * arrivals make it cautious. Two corrections:
 *
 * - Arrivals in bursts are fewer than they look: n is divided by the dispersion, variance over mean of the counts per
 *   window (quasi-Poisson, McCullagh and Nelder, Generalized Linear Models, 2nd ed., 9), the variance from successive
 *   differences, which a slow trend does not inflate (von Neumann et al. 1941).
 * - Rates change with the hour. E is the length of the silence weighed by how much the hours in it held in the weeks
 *   before, against the hour of the last arrival (see hours.ts); where that is not learned, the rate may have fallen by e
 *   in every `declineMs`, so that the weight of a silence ends at `declineMs`.
 *
 * Named is a silence that is less probable than `probability`, at least `leastSilenceMs` long, and `gapFactor` times
 * longer than the longest that was normal lately or in this hour of the week.
 */
import type { EpochMs } from '../time.ts';
import { HOUR_MS } from '../time.ts';
import {
  createHours,
  exposureOf,
  learnedGap,
  noteHours,
  type HourCounts,
  type LearnedHours,
} from './hours.ts';
import type { AbsenceLimits } from './limits.ts';

/** Time constants of the recent rate; the shortest that holds enough arrivals is used. */
const DECAYS_MS = [60_000, 300_000, 1_200_000] as const;
const DISPERSION_DECAY_MS = 900_000;
/** Windows that a dispersion of one weighs before any was seen. */
const DISPERSION_PRIOR_WINDOWS = 30;

export interface Pulse {
  lastSeen: EpochMs;
  /** Arrivals and exposure per time constant. */
  readonly arrivals: Float64Array;
  readonly exposure: Float64Array;
  /** Squared successive differences, counts and windows, decaying. */
  differences: number;
  counted: number;
  windows: number;
  previous: number;
  /** Windows without arrivals since the last one that had some. */
  empty: number;
  /** Longest silences of this and of the last hour. */
  longest: number;
  longestBefore: number;
  longestHour: number;
  /** Whether the silence under way was named. */
  named: boolean;
  readonly hours: LearnedHours;
}

export const createPulse = (firstSeen: EpochMs): Pulse => ({
  lastSeen: firstSeen,
  arrivals: new Float64Array(DECAYS_MS.length),
  exposure: new Float64Array(DECAYS_MS.length),
  differences: 0,
  counted: 0,
  windows: 0,
  previous: 0,
  empty: 0,
  longest: 0,
  longestBefore: 0,
  longestHour: Math.floor(firstSeen / HOUR_MS),
  named: false,
  hours: createHours(firstSeen),
});

/** Takes a window that has ended, in order; `counts` is undefined where nothing came. */
export function pulseWindow(
  pulse: Pulse,
  window: { readonly start: EpochMs; readonly windowMs: number },
  counts: HourCounts | undefined,
): void {
  const { start, windowMs } = window;
  const before = Math.min(pulse.lastSeen, counts?.first ?? Infinity);
  noteHours(pulse.hours, start + windowMs, before, counts);
  if (counts === undefined) {
    // Held back: what the rate was before a silence must not fade in the silence itself.
    pulse.empty++;
    return;
  }
  const gap = counts.first - pulse.lastSeen;
  if (pulse.named) {
    beginAnew(pulse);
  } else {
    takeEmpty(pulse, windowMs);
    noteGap(pulse, gap, start);
  }
  DECAYS_MS.forEach((decayMs, i) => {
    const keep = Math.exp(-windowMs / decayMs);
    pulse.arrivals[i] = pulse.arrivals[i]! * keep + counts.records;
    pulse.exposure[i] = pulse.exposure[i]! * keep + windowMs;
  });
  noteDispersion(pulse, counts.records, windowMs);
  pulse.lastSeen = Math.max(pulse.lastSeen, counts.last);
}

/** Back from a silence that was named, a producer may send at any rate: it is learned again. */
function beginAnew(pulse: Pulse): void {
  pulse.named = false;
  pulse.empty = 0;
  pulse.arrivals.fill(0);
  pulse.exposure.fill(0);
}

/** The empty windows before an arrival were no silence but part of how the producer sends. */
function takeEmpty(pulse: Pulse, windowMs: number): void {
  const { empty } = pulse;
  if (empty === 0) return;
  DECAYS_MS.forEach((decayMs, i) => {
    const one = Math.exp(-windowMs / decayMs);
    const all = one ** empty;
    pulse.arrivals[i]! *= all;
    pulse.exposure[i] = pulse.exposure[i]! * all + (windowMs * (1 - all)) / (1 - one);
  });
  noteDispersion(pulse, 0, windowMs);
  const one = Math.exp(-windowMs / DISPERSION_DECAY_MS);
  const rest = one ** (empty - 1);
  pulse.differences *= rest;
  pulse.counted *= rest;
  pulse.windows = pulse.windows * rest + (1 - rest) / (1 - one);
  pulse.empty = 0;
}

function noteDispersion(pulse: Pulse, records: number, windowMs: number): void {
  const keep = Math.exp(-windowMs / DISPERSION_DECAY_MS);
  const difference = pulse.windows === 0 ? 0 : records - pulse.previous;
  pulse.differences = pulse.differences * keep + (difference * difference) / 2;
  pulse.counted = pulse.counted * keep + records;
  pulse.windows = pulse.windows * keep + 1;
  pulse.previous = records;
}

/** Variance over mean of the counts per window, at least 1, drawn towards 1 while few windows were seen. */
export function dispersionOf({ differences, counted, windows }: Pulse): number {
  const seen = counted === 0 ? 1 : differences / counted;
  return Math.max(1, (DISPERSION_PRIOR_WINDOWS + windows * seen) / (DISPERSION_PRIOR_WINDOWS + windows));
}

function noteGap(pulse: Pulse, gap: number, at: EpochMs): void {
  const hour = Math.floor(at / HOUR_MS);
  if (hour !== pulse.longestHour) {
    pulse.longestBefore = hour === pulse.longestHour + 1 ? pulse.longest : 0;
    pulse.longest = 0;
    pulse.longestHour = hour;
  }
  pulse.longest = Math.max(pulse.longest, gap);
}

/** Arrivals per millisecond and how many independent ones that was learned from; undefined while too few came. */
function recentRate(
  pulse: Pulse,
  leastArrivals: number,
): { readonly arrivals: number; readonly exposure: number } | undefined {
  const dispersion = dispersionOf(pulse);
  for (let i = 0; i < DECAYS_MS.length; i++) {
    const arrivals = pulse.arrivals[i]! / dispersion;
    if (arrivals >= leastArrivals) return { arrivals, exposure: pulse.exposure[i]! };
  }
  return undefined;
}

export interface Silence {
  readonly silentMs: number;
  /** Natural logarithm of the probability of a silence so long. */
  readonly logProbability: number;
}

/**
 * The silence of a producer at `horizon`, up to which the log is known, if it is one to be named. A producer with fewer
 * arrivals in its last hour than `leastArrivals` is never named.
 */
export function silenceOf(pulse: Pulse, horizon: EpochMs, limits: AbsenceLimits): Silence | undefined {
  const silentMs = horizon - pulse.lastSeen;
  if (silentMs < limits.leastSilenceMs) return undefined;
  const rate = recentRate(pulse, limits.leastArrivals);
  if (rate === undefined) return undefined;
  const normal = Math.max(pulse.longest, pulse.longestBefore, learnedGap(pulse.hours, horizon));
  if (silentMs < limits.gapFactor * normal) return undefined;
  const exposure = exposureOf(pulse.hours, pulse.lastSeen, horizon, limits.declineMs);
  const logProbability = -rate.arrivals * Math.log1p(exposure / rate.exposure);
  return logProbability < Math.log(limits.probability) ? { silentMs, logProbability } : undefined;
}
