/** What each model is tuned over: as many settings for each, 64 factors throughout. */
import type { AlsSettings } from '../../../batch/models/als/settings.ts';
import type { EaseOptions } from '../../../batch/models/ease/model.ts';
import type { RecentSettings } from '../../../batch/models/recent.ts';
import type { Recency } from '../../../domain/recency.ts';
import type { ImplicitSettings, ImplicitUsers } from './implicit-scorer.ts';

export const FACTORS = 64;

/** How what was watched fades; the first weighs all alike. Any model may be told of it, ours and the peer's. */
const FADES: readonly (Recency | undefined)[] = [
  undefined,
  { fade: 0.97, floor: 0.1 },
  { fade: 0.9, floor: 0.02 },
  { fade: 0.85, floor: 0.05 },
];

/** Models that have one weight for an entry, whether they learn from it or are asked with it. */
const alike = (recency: Recency | undefined): RecentSettings => ({ learning: recency, asking: recency });

export interface Tuned<S> {
  readonly settings: S;
  readonly recent: RecentSettings;
}

export interface Grids {
  readonly als: readonly Tuned<Partial<AlsSettings>>[];
  readonly implicit: readonly (Tuned<Omit<ImplicitSettings, 'seed'>> & { readonly users: ImplicitUsers })[];
  readonly ease: readonly Tuned<Partial<EaseOptions>>[];
}

function product<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}

const ALS: readonly Tuned<Partial<AlsSettings>>[] = product(
  product(FADES, [
    { strength: 0.003, exponent: 1 },
    { strength: 0.01, exponent: 1 },
    { strength: 0.05, exponent: 0.5 },
    { strength: 0.1, exponent: 0.5 },
  ]),
  [0.02, 0.06, 0.25],
).map(([[recency, regularisation], unobservedWeight]) => ({
  settings: { factors: FACTORS, iterations: 16, regularisation, unobservedWeight },
  recent: alike(recency),
}));

const IMPLICIT: Grids['implicit'] = product(product(FADES, [1, 3, 10, 30]), [1, 4, 16]).map(
  ([[recency, regularisation], alpha]) => ({
    settings: { factors: FACTORS, iterations: 16, regularisation, alpha, solver: 'exact' },
    recent: alike(recency),
    users: 'users',
  }),
);

/** Iterations beside 16, tried for what is best with 16. */
export const ITERATIONS: readonly number[] = [8, 32];

const EASE: readonly Tuned<Partial<EaseOptions>>[] = product(
  product([50, 100, 200, 400], [undefined, FADES[1], { fade: 0.9, floor: 0.3 }]),
  [undefined, { fade: 0.97, floor: 0.02 }, { fade: 0.9, floor: 0.05 }, { fade: 0.8, floor: 0.05 }],
).map(([[regularisation, learning], asking]) => ({
  settings: { regularisation },
  recent: { learning, asking },
}));

export const GRIDS: Grids = { als: ALS, implicit: IMPLICIT, ease: EASE };

/** Enough to see that everything runs. */
export const QUICK_GRIDS: Grids = {
  als: ALS.slice(0, 2).map((tuned) => ({
    ...tuned,
    settings: { ...tuned.settings, factors: 8, iterations: 2 },
  })),
  implicit: IMPLICIT.slice(0, 1),
  ease: EASE.slice(0, 2),
};

/** The library as it comes, told nothing of when: finer where the other grid is coarse, and as many settings. */
export const PLAIN_IMPLICIT_GRID: Grids['implicit'] = product(
  [0.01, 0.1, 0.3, 1, 3, 10, 30, 100],
  [0.5, 1, 2, 4, 8, 16],
).map(([regularisation, alpha]) => ({
  settings: { factors: FACTORS, iterations: 16, regularisation, alpha, solver: 'exact' },
  recent: {},
  users: 'users',
}));
