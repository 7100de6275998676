import { recencyShares, type Recency } from '../../domain/recency.ts';
import type { History, Interactions, Model } from './model.ts';

/** How a model weighs what is old: when it learns, and when it is asked. Undefined weighs all alike. */
export interface RecentSettings {
  readonly learning?: Recency | undefined;
  readonly asking?: Recency | undefined;
}

/** A model that is told how much each entry says by how recent it is for its profile; tables and view are the model's own. */
export function createRecentModel(model: Model, { learning, asking }: RecentSettings): Model {
  return {
    ...model,
    train: (data, options) =>
      model.train(
        learning === undefined
          ? data
          : { ...data, interactions: fadedInteractions(data.interactions, learning) },
        options,
      ),
    scorer(tables) {
      const scorer = model.scorer(tables);
      if (asking === undefined) return scorer;
      return {
        titles: scorer.titles,
        score: (history, scores) => scorer.score(faded(history, asking), scores),
      };
    },
  };
}

/** A history with weights that fade by how recent an entry is. */
export function faded(history: History, recency: Recency): History {
  const weights = new Float32Array(history.weights.length);
  recencyShares(history.times, recency, weights);
  for (let entry = 0; entry < weights.length; entry++) weights[entry]! *= history.weights[entry]!;
  return { ...history, weights };
}

/** The interactions with weights that fade by how recent an entry is for its profile. */
export function fadedInteractions(interactions: Interactions, recency: Recency): Interactions {
  const { rowStarts, columns, times } = interactions;
  const weights = Float32Array.from(interactions.weights);
  for (let row = 0; row + 1 < rowStarts.length; row++) {
    const [from, to] = [rowStarts[row]!, rowStarts[row + 1]!];
    const entries = {
      columns: columns.subarray(from, to),
      weights: weights.subarray(from, to),
      times: times.subarray(from, to),
    };
    weights.set(faded(entries, recency).weights, from);
  }
  return { ...interactions, weights };
}
