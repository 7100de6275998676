/** Producers whose rates follow the hour, as windows of counts, without any record. */
import { createRandom, seedOf } from '../../../domain/random.ts';
import {
  createPulse,
  pulseWindow,
  silenceOf,
  type Pulse,
  type Silence,
} from '../../../domain/audit/absence.ts';
import type { HourCounts } from '../../../domain/audit/hours.ts';
import type { AbsenceLimits } from '../../../domain/audit/limits.ts';
import { DAY_MS, HOUR_MS, type EpochMs } from '../../../domain/time.ts';

export const WINDOW_MS = 10_000;
/** A Monday, 00:00 UTC. */
export const MONDAY = Date.UTC(2026, 8, 7);

export const ABSENCE: AbsenceLimits = {
  leastSilenceMs: 30_000,
  probability: 1e-9,
  declineMs: HOUR_MS / 2,
  gapFactor: 3,
  leastArrivals: 20,
  forgetMs: 7 * DAY_MS,
};

export interface SimulatedProducer {
  readonly name: string;
  /** Arrivals per second at a time. */
  rate(time: EpochMs): number;
}

/** Highest at 20:00, lowest at 04:00 UTC, falling and rising smoothly by `factor` (evenly in the logarithm's cosine). */
export const nightly =
  (peakPerSecond: number, factor: number) =>
  (time: EpochMs): number => {
    const phase = (2 * Math.PI * ((time % DAY_MS) / HOUR_MS - 20)) / 24;
    return peakPerSecond * factor ** ((Math.cos(phase) - 1) / 2);
  };

export interface NamedSilence extends Silence {
  readonly producer: string;
  readonly at: EpochMs;
}

export interface SimulationOptions {
  readonly seed: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly pulses?: Map<string, Pulse>;
}

/** Drives the model over the windows of a time span, judging after each; returns the silences named, one each. */
export function simulate(
  producers: readonly SimulatedProducer[],
  { seed, from, to, pulses = new Map() }: SimulationOptions,
): NamedSilence[] {
  const named: NamedSilence[] = [];
  for (const producer of producers) {
    const random = createRandom(seedOf(seed, producer.name));
    for (let start = from; start < to; start += WINDOW_MS) {
      const counts = drawWindow(producer, start, () => random.next());
      let pulse = pulses.get(producer.name);
      if (pulse === undefined) {
        if (counts === undefined) continue;
        pulses.set(producer.name, (pulse = createPulse(counts.first)));
      }
      pulseWindow(pulse, { start, windowMs: WINDOW_MS }, counts);
      const silence = silenceOf(pulse, start + WINDOW_MS, ABSENCE);
      if (silence === undefined || pulse.named) continue;
      pulse.named = true;
      named.push({ producer: producer.name, at: start + WINDOW_MS, ...silence });
    }
  }
  return named;
}

/** Arrivals of a Poisson process within a window (Knuth's product of uniforms, by exponential gaps). */
function drawWindow(
  producer: SimulatedProducer,
  start: EpochMs,
  uniform: () => number,
): HourCounts | undefined {
  const rate = producer.rate(start + WINDOW_MS / 2) / 1000;
  let records = 0;
  let first = 0;
  let last = 0;
  for (let at = next(0); at < WINDOW_MS; at = next(at)) {
    if (records === 0) first = start + at;
    last = start + at;
    records++;
  }
  return records === 0 ? undefined : { records, first, last };

  function next(at: number): number {
    return rate > 0 ? at - Math.log(1 - uniform()) / rate : Infinity;
  }
}
