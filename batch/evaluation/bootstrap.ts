/**
 * Paired bootstrap over profiles (Efron and Tibshirani 1993, percentile intervals): profiles are drawn with replacement,
 * the same ones for both models, so that what makes a profile easy or hard for both drops out of the comparison.
 */
import { createRandom, seedOf } from '../../domain/random.ts';
import type { Pace } from '../models/pace.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Two models over the same profiles, metric by metric. */
export interface Comparison {
  readonly first: Interval;
  readonly second: Interval;
  /** First less second. */
  readonly difference: Interval;
  /** First over second; infinite where only the second is 0, 1 where both are. */
  readonly ratio: Interval;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Times that the profiles are drawn. */
  readonly rounds: number;
  /** Share of intervals that hold the true value, 0 to 1. */
  readonly level: number;
}

export const BOOTSTRAP: BootstrapOptions = { seed: 1, rounds: 2000, level: 0.95 };

/** The same values, options and code give the same intervals. */
export function compare(
  first: Float64Array,
  second: Float64Array,
  options: BootstrapOptions = BOOTSTRAP,
): Comparison {
  const drawing = draw(first, second, options);
  for (;;) {
    const { done, value } = drawing.next();
    if (done === true) return value;
  }
}

/** The same, but lets others have their turn. */
export async function compareInTurns(
  first: Float64Array,
  second: Float64Array,
  options: BootstrapOptions,
  pace: Pace,
): Promise<Comparison> {
  const drawing = draw(first, second, options);
  for (;;) {
    const { done, value } = drawing.next();
    if (done === true) return value;
    await pace(value);
  }
}

/** Yields the share done after every round. */
function* draw(
  first: Float64Array,
  second: Float64Array,
  { seed, rounds, level }: BootstrapOptions,
): Generator<number, Comparison, undefined> {
  const count = first.length;
  if (second.length !== count) throw new RangeError(`${count} values cannot be paired with ${second.length}`);
  const drawn = { first: new Float64Array(rounds), second: new Float64Array(rounds) };
  const random = createRandom(seedOf(seed, 'bootstrap', count));
  for (let round = 0; round < rounds; round++) {
    let [sumOfFirst, sumOfSecond] = [0, 0];
    for (let i = 0; i < count; i++) {
      const profile = random.below(count);
      sumOfFirst += first[profile]!;
      sumOfSecond += second[profile]!;
    }
    drawn.first[round] = sumOfFirst / Math.max(1, count);
    drawn.second[round] = sumOfSecond / Math.max(1, count);
    yield (round + 1) / rounds;
  }
  const [own, theirs] = [meanOf(first), meanOf(second)];
  const intervalOf = (value: number, values: Float64Array): Interval => ({ value, ...range(values, level) });
  const both = (of: (own: number, theirs: number) => number): Interval =>
    intervalOf(
      of(own, theirs),
      drawn.first.map((mean, round) => of(mean, drawn.second[round]!)),
    );
  return {
    first: intervalOf(own, drawn.first),
    second: intervalOf(theirs, drawn.second),
    difference: both((a, b) => a - b),
    ratio: both((a, b) => (a === b ? 1 : a / b)),
  };
}

function range(values: Float64Array, level: number): { readonly low: number; readonly high: number } {
  const rising = values.toSorted();
  const at = (share: number): number => rising[Math.round(share * (rising.length - 1))] ?? NaN;
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
