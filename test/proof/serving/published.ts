/** What is served in the proof: counts, a policy, and models trained on viewers who mostly keep to one of a few tastes. */
import { RANKING_POLICY_VIEW, type PolicySetting } from '../../../domain/ranking-policy.ts';
import { BUCKET_MS } from '../../../domain/time.ts';
import type { ViewName } from '../../../domain/views.ts';
import { PROFILE_ROWS_VIEW } from '../../../batch/models/precompute.ts';
import type { Config } from '../../../infra/config.ts';
import { openObjectStore } from '../../../infra/connections.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { CLUSTERS_VIEW } from '../../../infra/views/clusters.ts';
import { ITEM_FACTORS_VIEW } from '../../../infra/views/factors.ts';
import { NEIGHBOURS_VIEW } from '../../../infra/views/neighbours.ts';
import { name, tasteInteractions } from '../../batch/models/interactions.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { entry } from '../../support/serving.ts';
import { publishPolicy } from '../../support/side-views.ts';
import { publishModels } from '../../support/tastes.ts';

/** The first so many have something watched, and rows made ahead. */
export const KNOWN_PROFILES = 500;
export const titleOf = (n: number): string => name('t', n);
export const profileOf = (n: number): string => name('p', n);

/** Beside `popularity`; an answer that names its views has a version of each. */
export const MODEL_VIEWS: readonly ViewName[] = [
  ...[ITEM_FACTORS_VIEW, NEIGHBOURS_VIEW, CLUSTERS_VIEW, PROFILE_ROWS_VIEW, RANKING_POLICY_VIEW],
];

const GENRES = ['drama', 'comedy', 'horror', 'science-fiction', 'documentary'];
const PLAYS = 20;
const POLICY: readonly PolicySetting[] = [
  { rowId: '*', setting: 'length', value: 15 },
  { rowId: 'top-picks', setting: 'model', value: 'als' },
  { rowId: 'because-you-watched', setting: 'model', value: 'neighbours' },
];

/** NDJSON; the taste of a title is its genre. */
export const catalogueText = (titles: number): string =>
  Array.from({ length: titles }, (_, n) =>
    JSON.stringify(entry(titleOf(n), { genres: [GENRES[n % GENRES.length]!] })),
  ).join('\n');

/** Publishes the first version of every view, as workers do. */
export async function publishViews(config: Config, titles: number): Promise<void> {
  const { region, blockSize } = config;
  const store = openObjectStore(config);
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  try {
    await store.ensureBucket();
    const repository = createViewRepository({ store, region });
    const bucket = Math.floor(Date.now() / BUCKET_MS);
    await publishPopularity(repository, {
      ...{ region, blockSize, cut: { plays: [0, 0], impressions: [0, 0] } },
      asOf: new Date().toISOString(),
      rows: Array.from({ length: titles }, (_, n) => ({
        ...{ title: titleOf(n), country: n % 2 === 0 ? 'DE' : 'US', bucket },
        ...{ plays: 5 + ((n * 7919) % 1000), impressions: 2000 },
      })),
    });
    const interactions = tasteInteractions({
      ...{ seed: 5, profiles: KNOWN_PROFILES, titles, tastes: GENRES.length, plays: PLAYS },
    });
    await publishModels(repository, duckdb, { region }, interactions);
    await publishPolicy(repository, POLICY, region);
  } finally {
    await duckdb.close();
    store.close();
  }
}
