/** Small interactions for the tests of models. */
import { profileId, titleId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import type { History, Interactions, TrainingData, TrainOptions } from '../../../batch/models/model.ts';

/** Who watched what, by profile: title → weight. Titles are those named or, beyond, those watched. */
export function interactionsOf(
  watched: Readonly<Record<string, Readonly<Record<string, number>>>>,
  allTitles: readonly string[] = [],
): Interactions {
  const profiles = Object.keys(watched).sort();
  const titles = [...new Set([...allTitles, ...Object.values(watched).flatMap(Object.keys)])].sort();
  const rowStarts = [0];
  const columns: number[] = [];
  const weights: number[] = [];
  for (const profile of profiles) {
    titles.forEach((title, column) => {
      const weight = watched[profile]?.[title];
      if (weight === undefined) return;
      columns.push(column);
      weights.push(weight);
    });
    rowStarts.push(columns.length);
  }
  return {
    profiles: profiles.map(profileId),
    titles: titles.map(titleId),
    rowStarts: Uint32Array.from(rowStarts),
    columns: Uint32Array.from(columns),
    weights: Float32Array.from(weights),
    times: Float64Array.from(columns, (_, entry) => entry),
  };
}

export interface TasteOptions {
  readonly seed: number;
  readonly profiles: number;
  readonly titles: number;
  readonly tastes: number;
  /** Plays of each profile; most are of its own taste. */
  readonly plays: number;
}

/** The taste of a title or profile by its number. */
export const tasteOf = (index: number, tastes: number): number => index % tastes;

/** Profiles of a few tastes that mostly watch titles of their own, the first titles more than the last. */
export function tasteInteractions({ seed, profiles, titles, tastes, plays }: TasteOptions): Interactions {
  const random = createRandom(seed);
  const watched: Record<string, Record<string, number>> = {};
  for (let profile = 0; profile < profiles; profile++) {
    const own: Record<string, number> = {};
    for (let play = 0; play < plays; play++) {
      const ofTaste = Math.floor(random.next() ** 2 * (titles / tastes)) * tastes + tasteOf(profile, tastes);
      own[name('t', random.chance(0.85) ? ofTaste : random.below(titles))] = 1 + random.below(3);
    }
    watched[name('p', profile)] = own;
  }
  return interactionsOf(
    watched,
    Array.from({ length: titles }, (_, title) => name('t', title)),
  );
}

export const name = (letter: string, index: number): string => `${letter}${String(index).padStart(4, '0')}`;

/** The taste is the genre, so that content says something. */
export function trainingData(interactions: Interactions, tastes = 1): TrainingData {
  const { length } = interactions.titles;
  return {
    interactions,
    features: {
      genres: Array.from({ length }, (_, title) => [`genre-${tasteOf(title, tastes)}`]),
      years: Uint16Array.from({ length }, (_, title) => 1990 + (title % 30)),
      launchTimes: new Float64Array(length),
    },
  };
}

export const trainOptions = (seed = 1): TrainOptions => ({ random: createRandom(seed), threads: 0 });

export function historyOf({ rowStarts, columns, weights, times }: Interactions, profile: number): History {
  const from = rowStarts[profile]!;
  const to = rowStarts[profile + 1]!;
  return {
    columns: columns.subarray(from, to),
    weights: weights.subarray(from, to),
    times: times.subarray(from, to),
  };
}

export const EMPTY_HISTORY: History = {
  columns: new Uint32Array(0),
  weights: new Float32Array(0),
  times: new Float64Array(0),
};
