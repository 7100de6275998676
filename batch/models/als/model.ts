import { viewName } from '../../../domain/views.ts';
import type { ShardedModel } from '../training-work.ts';
import { assertTrainable } from '../training-input.ts';
import { sidesOf } from './both-sides.ts';
import { firstFactors } from './first-factors.ts';
import { createLocalTraining } from './local-training.ts';
import { ALS, alsSettings, type AlsSettings } from './settings.ts';
import { alsScorer, alsTables } from './tables.ts';
import { createAlsWork } from './work.ts';

/**
 * Implicit ALS (Hu, Koren and Volinsky 2008, Collaborative Filtering for Implicit Feedback Datasets), each row held back by how much it is trained on
 * (Rendle, Krichene, Zhang and Koren 2021). Its parts are those of `alsTables`.
 */
export function createAlsModel(given: Partial<AlsSettings> = {}): ShardedModel {
  const settings = alsSettings(given);
  return {
    name: ALS,
    view: viewName('item-factors'),
    async train(data, { random, threads, previous, onProgress }) {
      const { interactions } = data;
      assertTrainable(ALS, interactions);
      const training = await createLocalTraining({
        ...sidesOf(data, settings),
        first: firstFactors(interactions.titles, settings, random, previous),
        settings,
        threads,
      });
      try {
        for (let done = 0; done < settings.iterations; done++)
          await training.iterate((share) => onProgress?.((done + share) / settings.iterations));
        return alsTables(interactions.titles, training.factors().titles, settings);
      } finally {
        await training.close();
      }
    },
    scorer: alsScorer,
    work: (place) => createAlsWork(place, settings),
  };
}
