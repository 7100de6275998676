/** Models of one family, tuned alike: what is tried, how one is trained, and what it is called in reports. */
import { fadedInteractions, createRecentModel } from '../../../batch/models/recent.ts';
import type { RowScorer } from '../../../batch/evaluation/evaluate.ts';
import { createAlsModel } from '../../../batch/models/als/model.ts';
import type { AlsSettings } from '../../../batch/models/als/settings.ts';
import { createEaseModel, type EaseOptions } from '../../../batch/models/ease/model.ts';
import type { Interactions, Model, ModelTable, TitleFeatures } from '../../../batch/models/model.ts';
import { createRandom, seedOf } from '../../../domain/random.ts';
import { ITERATIONS, type Grids, type Tuned } from './grids.ts';
import type { ImplicitTrainer, ImplicitSettings, ImplicitUsers } from './implicit-scorer.ts';

/** Anything that can be trained on a split and asked about it. */
export interface Trainable {
  /** Says of itself in one line with what settings. */
  readonly settings: string;
  train(interactions: Interactions, seed: number): Promise<RowScorer>;
}

export interface Family {
  readonly name: string;
  /** Whether it is one of ours and may be published. */
  readonly isOurs: boolean;
  /** False where every seed gives the same. */
  readonly hasChance: boolean;
  readonly grid: readonly Trainable[];
  /** What is tried after the grid, beside its best. */
  refine(best: Trainable): readonly Trainable[];
}

export function alsFamily(features: TitleFeatures, grid: Grids['als']): Family {
  const trainable = (tuned: Tuned<Partial<AlsSettings>>): Trainable =>
    ourTrainable(features, createRecentModel(createAlsModel(tuned.settings), tuned.recent), tuned);
  return { name: 'als', isOurs: true, hasChance: true, ...gridOf(grid, trainable, moreIterations) };
}

/** Asking costs little beside learning: what is learnt is kept for all the ways of asking that follow. */
export function easeFamily(features: TitleFeatures, grid: Grids['ease']): Family {
  const learnt = lastOf<readonly ModelTable[]>();
  const trainable = (tuned: Tuned<Partial<EaseOptions>>): Trainable => {
    const model = createRecentModel(createEaseModel(tuned.settings), tuned.recent);
    const key = JSON.stringify([tuned.settings, tuned.recent.learning]);
    return {
      settings: settingsText(tuned),
      async train(interactions, seed) {
        const tables = await learnt(interactions, key, () => trainOurs(model, features, interactions, seed));
        return model.scorer(tables);
      },
    };
  };
  return { name: 'ease', isOurs: true, hasChance: false, ...gridOf(grid, trainable, () => []) };
}

/** The library's own way of asking is with the factors that training left; `recalculated` solves them once more. */
export function implicitFamily(name: string, peer: ImplicitTrainer, grid: Grids['implicit']): Family {
  const learnt = lastOf<Record<ImplicitUsers, RowScorer>>();
  const trainable = (tuned: Grids['implicit'][number]): Trainable => ({
    settings: settingsText(tuned),
    async train(interactions, seed) {
      const { learning } = tuned.recent;
      const settings: ImplicitSettings = { ...tuned.settings, seed };
      const weighed = learning === undefined ? interactions : fadedInteractions(interactions, learning);
      const scorers = await learnt(interactions, JSON.stringify([settings, learning]), () =>
        peer.train(weighed, settings),
      );
      return scorers[tuned.users];
    },
  });
  const others = (tuned: Grids['implicit'][number]): Grids['implicit'] => [
    ...moreIterations(tuned),
    { ...tuned, users: 'recalculated' },
  ];
  return { name, isOurs: false, hasChance: true, ...gridOf(grid, trainable, others) };
}

const moreIterations = <T extends Tuned<object>>(tuned: T): T[] =>
  ITERATIONS.map((iterations) => ({ ...tuned, settings: { ...tuned.settings, iterations } }));

function gridOf<T>(
  grid: readonly T[],
  trainable: (tuned: T) => Trainable,
  others: (best: T) => readonly T[],
): Pick<Family, 'grid' | 'refine'> {
  const made = new Map(grid.map((tuned) => [trainable(tuned), tuned]));
  return { grid: [...made.keys()], refine: (best) => others(made.get(best)!).map(trainable) };
}

const ourTrainable = (features: TitleFeatures, model: Model, tuned: Tuned<object>): Trainable => ({
  settings: settingsText(tuned),
  train: async (interactions, seed) => model.scorer(await trainOurs(model, features, interactions, seed)),
});

const trainOurs = (
  model: Model,
  features: TitleFeatures,
  interactions: Interactions,
  seed: number,
): Promise<readonly ModelTable[]> =>
  model.train({ interactions, features }, { random: createRandom(seedOf(seed, model.name)), threads: 0 });

/** Remembers the last answer, by interactions and key. */
function lastOf<T>(): (interactions: Interactions, key: string, make: () => Promise<T>) => Promise<T> {
  let last: { readonly interactions: Interactions; readonly key: string; readonly made: T } | undefined;
  return async (interactions, key, make) => {
    if (last?.interactions !== interactions || last.key !== key)
      last = { interactions, key, made: await make() };
    return last.made;
  };
}

const settingsText = (tuned: object): string => JSON.stringify(tuned).replaceAll('"', '');
