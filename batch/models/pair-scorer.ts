import type { TitleId } from '../../domain/ids.ts';
import type { Scorer } from './model.ts';

/** Weights between titles, row by row: how much having watched one says for the other. */
export interface TitlePairs {
  /** All titles, those in no pair too. */
  readonly titles: readonly TitleId[];
  readonly watched: readonly TitleId[];
  readonly scored: readonly TitleId[];
  readonly weights: Float32Array;
  /** What each title scores for a history that says nothing of it. */
  readonly prior: Float32Array;
}

/** A title's score is its prior and the sum of the weights from what the history holds, each times the history's own weight; pairs of titles that are not listed are passed over. */
export function createPairScorer({ titles, watched, scored, weights, prior }: TitlePairs): Scorer {
  const columns = new Map(titles.map((title, column) => [title, column]));
  const from = Int32Array.from(watched, (title) => columns.get(title) ?? -1);
  const to = Int32Array.from(scored, (title) => columns.get(title) ?? -1);
  const starts = new Uint32Array(titles.length + 1);
  const isListed = (pair: number): boolean => from[pair]! >= 0 && to[pair]! >= 0;
  for (let pair = 0; pair < from.length; pair++) if (isListed(pair)) starts[from[pair]! + 1]! += 1;
  for (let title = 0; title < titles.length; title++) starts[title + 1]! += starts[title]!;
  const next = starts.slice(0, titles.length);
  const targets = new Uint32Array(starts[titles.length]!);
  const values = new Float32Array(targets.length);
  for (let pair = 0; pair < from.length; pair++) {
    if (!isListed(pair)) continue;
    const place = next[from[pair]!]!++;
    targets[place] = to[pair]!;
    values[place] = weights[pair]!;
  }
  return {
    titles,
    score(history, scores) {
      scores.set(prior);
      for (let entry = 0; entry < history.columns.length; entry++) {
        const column = history.columns[entry]!;
        const weight = history.weights[entry]!;
        for (let place = starts[column]!; place < starts[column + 1]!; place++)
          scores[targets[place]!]! += weight * values[place]!;
      }
    },
  };
}

/**
 * A prior by how many profiles watched each title, at most `most`: too little to matter where there is evidence, so that
 * it only orders the titles that nothing is known of, and all of them for a profile that watched nothing.
 */
export function popularityPrior(profiles: ArrayLike<number>, most: number): Float32Array {
  const prior = Float32Array.from(profiles);
  const highest = prior.reduce((found, count) => Math.max(found, count), 1);
  return prior.map((count) => (most * count) / highest);
}
