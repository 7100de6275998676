import { MarqueeError } from '../../../domain/errors.ts';
import type { Regularisation } from '../../../domain/fold-in.ts';
import type { Recency } from '../../../domain/recency.ts';

export const ALS = 'als';

/** `exact` solves each row's equations; `conjugate-gradient` takes some steps towards their solution from where the row was. */
export type AlsSolver = 'exact' | 'conjugate-gradient';

export interface AlsSettings {
  /** Factors to a profile and to a title. */
  readonly factors: number;
  readonly iterations: number;
  /** λ and ν: a row that is trained on more is held back more. */
  readonly regularisation: Omit<Regularisation, 'unobservedWeight'>;
  /** α₀: what a title that was not watched weighs beside a weight of 1; the confidence in an entry is 1 + weight / α₀. */
  readonly unobservedWeight: number;
  /** What a weight of what was passed over counts beside one of what was watched; 0 leaves it out. */
  readonly passedOver: number;
  /** How entries fade by how recent they are for their profile, in training and when profiles are folded in; undefined weighs all alike. */
  readonly recency?: Recency | undefined;
  /** Standard deviation of the length of a title's first factors. */
  readonly deviation: number;
  readonly solver: AlsSolver;
  /** Steps of conjugate gradients to a row. */
  readonly steps: number;
  /** Products are added with one rounding where the machine can: faster, and the same on all machines that can. */
  readonly fused: boolean;
}

/** After Rendle, Krichene, Zhang and Koren 2021 (Revisiting the Performance of iALS on Item Recommendation Benchmarks), table 5, for MovieLens 20M. */
export const ALS_DEFAULTS: AlsSettings = {
  factors: 64,
  iterations: 16,
  regularisation: { strength: 0.003, exponent: 1 },
  unobservedWeight: 0.1,
  passedOver: 1,
  deviation: 0.1,
  solver: 'exact',
  steps: 3,
  fused: true,
};

/**
 * What `npm run evaluate` chose on validation for MovieLens 100k; the paper knows no recency. It chose 32 iterations from
 * chance: with a training of the day before to begin with, 16 give as much.
 */
export const ALS_TUNED: AlsSettings = {
  ...ALS_DEFAULTS,
  regularisation: { strength: 0.1, exponent: 0.5 },
  unobservedWeight: 0.06,
  recency: { fade: 0.9, floor: 0.02 },
};

const NO_FADING: Recency = { fade: 1, floor: 0 };

const MOST_FACTORS = 512;

/** MODEL_INPUT_INVALID where a setting is out of its range. */
export function alsSettings(given: Partial<AlsSettings> = {}): AlsSettings {
  const settings = { ...ALS_DEFAULTS, ...given };
  const { factors, iterations, regularisation, unobservedWeight, passedOver, deviation, steps } = settings;
  const { fade, floor } = settings.recency ?? NO_FADING;
  const whole = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < 1 || value > most)
      refuse(`${value} ${name} are not 1 to ${most}`);
  };
  const positive = (name: string, value: number): void => {
    if (!(value > 0) || value === Infinity) refuse(`${name} of ${value} is not above 0`);
  };
  whole('factors', factors, MOST_FACTORS);
  whole('iterations', iterations, 1000);
  whole('steps', steps, MOST_FACTORS);
  positive('a regularisation', regularisation.strength);
  positive('a weight of what was not watched', unobservedWeight);
  positive('a deviation', deviation);
  if (!(passedOver >= 0) || passedOver === Infinity)
    refuse(`a share of ${passedOver} of what was passed over is below 0 or without end`);
  if (!(regularisation.exponent >= 0 && regularisation.exponent <= 2))
    refuse(`an exponent of ${regularisation.exponent} is not 0 to 2`);
  for (const [name, share] of Object.entries({ fade, floor }))
    if (!(share >= 0 && share <= 1)) refuse(`a ${name} of ${share} is not 0 to 1`);
  return settings;
}

export function refuse(reason: string): never {
  throw new MarqueeError('MODEL_INPUT_INVALID', { model: ALS, reason });
}
