/** A small service with tastes: titles whose number says their taste, models trained on viewers who mostly keep to theirs. */
import { createAlsModel } from '../../batch/models/als/model.ts';
import type { Interactions } from '../../batch/models/model.ts';
import { MODELS } from '../../batch/models/models.ts';
import { precomputeRows } from '../../batch/models/precompute.ts';
import type { CatalogueEntry } from '../../domain/catalogue.ts';
import { titleId } from '../../domain/ids.ts';
import { BUCKET_MS } from '../../domain/time.ts';
import { viewName } from '../../domain/views.ts';
import { createWatchingState, type WatchingState } from '../../domain/watching/state.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { tasteInteractions, trainingData, trainOptions } from '../batch/models/interactions.ts';
import { publishTables } from './model-views.ts';
import type { CountRow } from './popularity.ts';
import { entry } from './serving.ts';

export const TASTES = 3;
const TITLES = 60;

export const interactions: Interactions = tasteInteractions({
  ...{ seed: 8, profiles: 90, titles: TITLES, tastes: TASTES, plays: 10 },
});
export const TITLE_IDS: readonly string[] = interactions.titles;
const numberIn = (title: string): number => Number(title.slice(1));
/** Of a title, by its id. */
export const tasteOfTitle = (title: string): number => numberIn(title) % TASTES;

export const CATALOGUE: readonly CatalogueEntry[] = TITLE_IDS.map((id) =>
  entry(id, {
    genres: [['Drama', 'Horror', 'Comedy'][tasteOfTitle(id)]!],
    launchTime: Date.parse('2026-01-01T00:00:00Z'),
    titleId: titleId(id),
  }),
);

/** Every title is as popular and trends as much as every other. */
export const countsAt = (now: number): CountRow[] =>
  TITLE_IDS.map((title) => ({
    ...{ title, country: 'US', bucket: Math.floor(now / BUCKET_MS) - 1 },
    ...{ plays: 40, impressions: 1000 },
  }));

/** Publishes factors, neighbours, clusters and rows made ahead; of viewers of its own where they are given. */
export async function publishModels(
  repository: ViewRepository,
  duckdb: DuckDb,
  home?: Parameters<typeof publishTables>[4],
  of: Interactions = interactions,
) {
  const als = createAlsModel({ factors: 8 });
  const tables = await als.train(trainingData(of), trainOptions());
  await publishTables(repository, duckdb, als.view, tables, home);
  for (const name of ['neighbours', 'clusters']) {
    const model = MODELS[name]!();
    const trained = await model.train(trainingData(of), trainOptions());
    await publishTables(repository, duckdb, model.view, trained, home);
  }
  const range = { name: 'rows-00000', from: 0, to: of.profiles.length };
  const rows = await precomputeRows(als.scorer(tables), of, range, { length: 20 });
  await publishTables(repository, duckdb, viewName('profile-rows'), [rows], home);
}

/** Somebody who finished the first titles of a taste, the newest first, and is in the middle of the next. */
export function watcherOf(taste: number, now: number, finished = 4): WatchingState {
  const state = createWatchingState();
  const own = TITLE_IDS.filter((id) => tasteOfTitle(id) === taste).slice(0, finished + 1);
  own.toReversed().forEach((title, i) => {
    const at = now - (i + 1) * 3_600_000 * 5;
    state.titles.push(title);
    state.roots.push('');
    const isOpen = i === 0;
    state.marks.push(
      at,
      1,
      at,
      at,
      isOpen ? 1800 : 5950,
      isOpen ? 1800 : 5950,
      isOpen ? -1 : at,
      at,
      6000,
      -1,
    );
  });
  return state;
}
