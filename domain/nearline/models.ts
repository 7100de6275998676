/**
 * What rows are ranked with away from serving: the titles that the published models know, on numbers of their own, and the
 * models on the same numbers. Availability, genres and counts are not among it: whoever shows the rows knows them as of then.
 */
import { titleId } from '../ids.ts';
import type { PolicySetting } from '../ranking-policy.ts';
import { atOnce } from '../in-slices.ts';
import {
  mapFactors,
  mapNeighbours,
  type NeighbourPairs,
  type TrainedFactors,
} from '../ranking/model-columns.ts';
import { readRankingPolicy, type RankingPolicy } from '../ranking/policy.ts';
import { createRanker, type RankerInput } from '../ranking/ranker.ts';
import type { Ranker } from '../ranking/request.ts';
import {
  addTitle,
  emptyTitleSet,
  type RankedList,
  type SharedLists,
  type TitleSet,
  type TitleTable,
} from '../ranking/types.ts';

interface Versioned<T> {
  readonly version: number;
  readonly value: T;
}

/** As each was published; undefined while there is none. */
export interface NearlineInputs {
  readonly factors: Versioned<TrainedFactors> | undefined;
  readonly neighbours: Versioned<NeighbourPairs> | undefined;
  readonly policy: Versioned<readonly PolicySetting[]> | undefined;
}

/** Versions of the views that rows are ranked with; null where none was published. */
export interface NearlineVersions {
  readonly itemFactors: number | null;
  readonly neighbours: number | null;
  readonly rankingPolicy: number | null;
}

/** Immutable; its ranker belongs to one thread. */
export interface NearlineModels {
  readonly titles: TitleTable;
  readonly ranker: Pick<Ranker, 'row'>;
  readonly policy: RankingPolicy;
  readonly lists: SharedLists;
  /** All titles. */
  readonly available: TitleSet;
  readonly versions: NearlineVersions;
}

/** Undefined where neither factors nor neighbours are there: nothing can be ranked then. */
export function createNearlineModels(
  { factors, neighbours, policy }: NearlineInputs,
  rankerOf: (input: RankerInput) => Pick<Ranker, 'row'> = createRanker,
): NearlineModels | undefined {
  if (factors === undefined && neighbours === undefined) return undefined;
  const ids = [...new Set([...(factors?.value.ids ?? []), ...(neighbours?.value.ids ?? [])])];
  const titles = tableOf(ids);
  const models = {
    factors:
      factors === undefined ? null : atOnce(mapFactors(titles, factors.value, factors.value.regularisation)),
    neighbours: neighbours === undefined ? null : atOnce(mapNeighbours(titles, neighbours.value)),
    clusters: null,
  };
  const available = emptyTitleSet(ids.length);
  for (let title = 0; title < ids.length; title++) addTitle(available, title);
  const version = policy?.version ?? null;
  return {
    ...{ titles, available },
    ranker: rankerOf({ titles, models }),
    policy: readRankingPolicy(policy?.value ?? [], { version }).policy,
    lists: {
      ...{ trending: NONE, popular: NONE },
      takeRates: new Float32Array(ids.length).fill(NaN),
      impressions: new Float32Array(ids.length),
    },
    versions: {
      itemFactors: factors?.version ?? null,
      neighbours: neighbours?.version ?? null,
      rankingPolicy: version,
    },
  };
}

const NONE: RankedList = { titles: new Uint32Array(), scores: new Float32Array() };

function tableOf(ids: readonly string[]): TitleTable {
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const unknown = new Float64Array(ids.length).fill(NaN);
  return {
    count: ids.length,
    ids: ids.map(titleId),
    numberOf: (title) => numbers.get(title) ?? -1,
    genres: [],
    genreStarts: new Uint32Array(ids.length + 1),
    genreOf: new Uint16Array(),
    launchedAt: unknown,
    addedAt: unknown,
  };
}
