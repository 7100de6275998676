import { MarqueeError } from '../../domain/errors.ts';
import { createAlsModel } from './als/model.ts';
import { ALS_DEFAULTS, ALS_TUNED } from './als/settings.ts';
import { ITEMS } from './als/first-factors.ts';
import { createClustersModel, type FactorSource } from './clusters/model.ts';
import type { Model } from './model.ts';
import { createEaseModel } from './ease/model.ts';
import { createNeighboursModel } from './neighbours/model.ts';
import { createPopularityModel } from './popularity/model.ts';
import { createRecentModel } from './recent.ts';

/** Few factors are enough to tell tastes apart, and make the distances between profiles mean something. */
const CLUSTER_FACTORS = { ...ALS_DEFAULTS, factors: 16, iterations: 8 } as const;

export function alsFactors(settings = ALS_DEFAULTS): FactorSource {
  const { regularisation, unobservedWeight } = settings;
  return {
    model: createAlsModel(settings),
    table: ITEMS,
    regularisation: { ...regularisation, unobservedWeight },
  };
}

/** What `npm run evaluate` chose on validation for MovieLens 100k, as the regularisation beside it. */
const EASE_RECENCY = {
  learning: { fade: 0.9, floor: 0.3 },
  asking: { fade: 0.8, floor: 0.05 },
} as const;

/** How each model is made with its tuned defaults, by name. A new model is a line here (docs/how-to-add-a-model.md). */
export const MODELS: Readonly<Record<string, () => Model>> = {
  als: () => createAlsModel(ALS_TUNED),
  popularity: createPopularityModel,
  ease: () => createRecentModel(createEaseModel({ regularisation: 100 }), EASE_RECENCY),
  neighbours: () => createNeighboursModel(),
  clusters: () => createClustersModel(alsFactors(CLUSTER_FACTORS)),
};

/** MODEL_INPUT_INVALID where there is no such model. */
export function createModel(name: string, models = MODELS): Model {
  const create = Object.hasOwn(models, name) ? models[name] : undefined;
  if (create === undefined)
    throw new MarqueeError('MODEL_INPUT_INVALID', {
      model: name,
      reason: `there is no such model, only ${Object.keys(models).join(', ')}`,
    });
  return create();
}
