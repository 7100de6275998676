import { MarqueeError } from '../../domain/errors.ts';
import type { Model } from './model.ts';
import { createEaseModel } from './ease/model.ts';
import { createNeighboursModel } from './neighbours/model.ts';
import { createPopularityModel } from './popularity/model.ts';

/** How each model is made with its tuned defaults, by name. A new model is a line here (docs/how-to-add-a-model.md). */
export const MODELS: Readonly<Record<string, () => Model>> = {
  popularity: createPopularityModel,
  ease: () => createEaseModel(),
  neighbours: () => createNeighboursModel(),
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
