/**
 * How many plays are to be expected of a title in a stretch of time, from the same hours of the weeks before. With n plays
 * in k hours of one kind (of the 168 of a week), the title's mean rate b over all hours, and the catalogue's shape s of
 * that hour (1 on average), the rate expected in such an hour is
 *
 *   λ = (n + κ b s) / (k + κ)
 *
 * the mean of a gamma distribution whose prior is worth κ hours (Gelman et al., Bayesian Data Analysis, 2.6): few weeks
 * say little of one hour, but much of the mean, and all titles together say how weeks go.
 */
import type { Country, TitleId } from './ids.ts';
import { HOUR_MS, type EpochMs } from './time.ts';

export const HOURS_OF_WEEK = 168;
/** Hours since the epoch modulo 168: 0 is Thursday at midnight, UTC. */
export const hourOfWeek = (hour: number): number => ((hour % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK;

/** The κ of the module's comment. */
const PRIOR_HOURS = 2;

export interface Expectation {
  readonly plays: number;
  /** Weeks of the title's history that it rests on. */
  readonly weeks: number;
}

/** What is expected of titles; undefined of those that were never played. */
export interface ExpectedPlays {
  /** In the time [from, to), in one country or in all. */
  of(title: TitleId, country: Country | undefined, from: EpochMs, to: EpochMs): Expectation | undefined;
}

/** What the weeks before say of a title: plays and hours by hour of the week, and of all hours. */
export interface WeeklyPlays {
  readonly byHour: Float64Array;
  readonly plays: number;
  readonly hours: number;
}

/** The rate of each hour of the week, plays in an hour. `shape` is the catalogue's, 1 on average. */
export function expectedRates({ byHour, plays, hours }: WeeklyPlays, shape: Float64Array): Float64Array {
  const mean = plays / Math.max(1, hours);
  const seen = hours / HOURS_OF_WEEK;
  return byHour.map((n, h) => (n + PRIOR_HOURS * mean * shape[h]!) / (seen + PRIOR_HOURS));
}

/** Without plays of an hour told apart, its own mean in the catalogue's shape. */
export function meanRates({ plays, hours }: WeeklyPlays, shape: Float64Array): Float64Array {
  return shape.map((s) => (plays / Math.max(1, hours)) * s);
}

/** The shape of a week from plays of all titles by hour of the week; flat where there are none. */
export function shapeOf(byHour: Float64Array): Float64Array {
  const total = byHour.reduce((sum, n) => sum + n, 0);
  // A play is added to each hour, so that none is impossible.
  return byHour.map((n) => ((n + 1) * HOURS_OF_WEEK) / (total + HOURS_OF_WEEK));
}

/** Plays expected in [from, to) at rates by hour of the week. */
export function playsAt(rates: Float64Array, from: EpochMs, to: EpochMs): number {
  let plays = 0;
  for (let at = from; at < to;) {
    const hour = Math.floor(at / HOUR_MS);
    const end = Math.min(to, (hour + 1) * HOUR_MS);
    plays += (rates[hourOfWeek(hour)]! * (end - at)) / HOUR_MS;
    at = end;
  }
  return plays;
}
