/** Models as serving has them, trained on plays up to a moment. */
import { createAlsModel } from '../../../batch/models/als/model.ts';
import { readAlsSettings } from '../../../batch/models/als/tables.ts';
import { readFactorTable } from '../../../batch/models/factor-table.ts';
import { columnOf, tableNamed } from '../../../batch/models/model-tables.ts';
import type { Interactions, TrainingData } from '../../../batch/models/model.ts';
import { createNeighboursModel } from '../../../batch/models/neighbours/model.ts';
import { fadedInteractions } from '../../../batch/models/recent.ts';
import { profileId } from '../../../domain/ids.ts';
import { createRandom, seedOf } from '../../../domain/random.ts';
import type { RankingModels, TitleTable } from '../../../domain/ranking/types.ts';
import { compareTexts } from '../../../domain/text-order.ts';
import { mapFactors, mapNeighbours } from '../../../serving/library/models.ts';

/** Somebody watched a title, by number. */
export interface WatchedTitle {
  readonly profile: string;
  readonly title: number;
  /** Milliseconds since the epoch; of one profile no two are alike. */
  readonly at: number;
}

/** A finished play weighs this much in a training set (docs/training.md). */
const FINISHED_WEIGHT = 1.5;
/** Chosen for ALS on the same data, on what is held out inside the training part (docs/evaluation.md). */
const FADE = { fade: 0.9, floor: 0.02 };
export const ALS_SETTINGS = {
  iterations: 16,
  regularisation: { strength: 0.1, exponent: 0.5 },
  // Weights are 1.5 and not 1: the confidence of an entry is what it was chosen with.
  unobservedWeight: 0.06 * FINISHED_WEIGHT,
};

/** The newest word on each title counts. */
function interactionsOf(watched: readonly WatchedTitle[], table: TitleTable): Interactions {
  const byProfile = new Map<string, Map<number, number>>();
  for (const { profile, title, at } of watched) {
    const own = byProfile.get(profile) ?? new Map<number, number>();
    byProfile.set(profile, own.set(title, at));
  }
  const rows = [...byProfile].sort(([a], [b]) => compareTexts(a, b));
  const rowStarts = new Uint32Array(rows.length + 1);
  rows.forEach(([, titles], row) => (rowStarts[row + 1] = rowStarts[row]! + titles.size));
  const entries = rows.flatMap(([, titles]) => [...titles].sort(([a], [b]) => a - b));
  return {
    profiles: rows.map(([profile]) => profileId(profile)),
    titles: table.ids,
    rowStarts,
    columns: Uint32Array.from(entries, ([title]) => title),
    weights: new Float32Array(entries.length).fill(FINISHED_WEIGHT),
    times: Float64Array.from(entries, ([, at]) => at),
  };
}

/** Factors and neighbours; the same plays and seed give the same models. */
export async function trainModels(
  watched: readonly WatchedTitle[],
  table: TitleTable,
  { seed, factors }: { readonly seed: number; readonly factors: number },
): Promise<RankingModels> {
  const interactions = interactionsOf(watched, table);
  const features: TrainingData['features'] = {
    genres: table.ids.map((_, n) =>
      Array.from(
        table.genreOf.subarray(table.genreStarts[n], table.genreStarts[n + 1]),
        (genre) => table.genres[genre]!,
      ),
    ),
    years: new Uint16Array(table.count),
    launchTimes: table.launchedAt,
  };
  const options = { random: createRandom(seedOf(seed, 'home')), threads: 0 };
  const als = await createAlsModel({ ...ALS_SETTINGS, factors }).train(
    { interactions: fadedInteractions(interactions, FADE), features },
    options,
  );
  const items = readFactorTable(tableNamed('als', als, 'items'), 'title_id');
  const [pairs] = await createNeighboursModel().train({ interactions, features }, options);
  const text = (name: string): Int32Array =>
    Int32Array.from(columnOf('neighbours', pairs!, name, 'VARCHAR'), (id) => table.numberOf(id as never));
  return {
    factors: await mapFactors(table, items, readAlsSettings(als)),
    neighbours: await mapNeighbours(table, {
      ids: table.ids,
      titles: text('title_id'),
      neighbours: text('neighbour_id'),
      scores: columnOf('neighbours', pairs!, 'score', 'FLOAT'),
    }),
    clusters: null,
  };
}
