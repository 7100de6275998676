import { clusterOf, toUnitLength } from '../../../domain/cluster-assignment.ts';
import { MarqueeError } from '../../../domain/errors.ts';
import { createWeightedFoldIn, type Regularisation, type WeightedFoldIn } from '../../../domain/fold-in.ts';
import { createBestTitles } from '../../../domain/scores.ts';
import { viewName } from '../../../domain/views.ts';
import { factorTable, readFactorTable, type FactorRows } from '../factor-table.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { Interactions, Model, ModelTable, Scorer } from '../model.ts';
import { createPace } from '../pace.ts';
import { popularityPrior } from '../pair-scorer.ts';
import { watchedTitlesTable } from '../sides.ts';
import { assertTrainable } from '../training-input.ts';
import { kMeans, type Clustering } from './k-means.ts';

const NAME = 'clusters';
const PARTS = { centres: 'centres', best: 'best-titles', factors: 'factors', titles: 'titles' } as const;

/** A model whose tables hold factors of titles, and how profiles are folded into them. */
export interface FactorSource {
  readonly model: Model;
  /** The table with title_id, f0, f1, … */
  readonly table: string;
  readonly regularisation: Regularisation;
}

export interface ClustersOptions {
  readonly clusters: number;
  readonly mostRounds: number;
  /** Best titles kept of each cluster. */
  readonly kept: number;
  /** Members that the share of everybody weighs as much as, in a title's share of a cluster. */
  readonly strength: number;
}

const CLUSTERS_DEFAULTS: ClustersOptions = { clusters: 30, mostRounds: 40, kept: 200, strength: 20 };

/** Far below any share that matters. */
const MOST_PRIOR = 1e-6;

/**
 * Clusters of profiles: k-means over their factors at length 1, which are folded in from their histories. The view holds
 * all that assigning somebody takes, of one training: `centres` (cluster from 0, members, f0, …), the largest cluster
 * first; `best-titles` (cluster, rank from 1, title_id, score, profiles), by the share of its members that watched each
 * title, smoothed towards the share of all profiles; `factors` (title_id, f0, …), into which profiles are folded; and
 * `titles`. A profile's scores are the best titles of its cluster.
 */
export function createClustersModel(source: FactorSource, given: Partial<ClustersOptions> = {}): Model {
  const options = { ...CLUSTERS_DEFAULTS, ...given };
  return {
    name: NAME,
    view: viewName(NAME),
    async train(data, { onProgress, previous = [], ...trainOptions }) {
      const { interactions } = data;
      assertTrainable(NAME, interactions);
      const trained = await source.model.train(data, {
        ...trainOptions,
        previous: previousFactors(previous, source),
        onProgress: (share) => onProgress?.(share / 2),
      });
      const factors = readFactorTable(tableNamed(NAME, trained, source.table), 'title_id');
      const foldIn = createWeightedFoldIn(factors, source.regularisation);
      const { points, profiles } = profilePoints(interactions, foldIn);
      const clustering = await kMeans(points, factors.width, {
        ...options,
        random: trainOptions.random,
        previous: previousCentres(previous),
        pace: createPace((share) => onProgress?.(0.5 + share / 2)),
      });
      return [
        centresTable(clustering),
        bestTitlesTable(clustering, profiles, interactions, options),
        factorTable(PARTS.factors, 'title_id', factors),
        watchedTitlesTable(PARTS.titles, interactions),
      ];
    },
    scorer: (tables) => createClusterScorer(tables, source.regularisation),
  };
}

/** What the factors began with, under the name that their model knows: directions stay what they were, and so do centres. */
function previousFactors(previous: readonly ModelTable[], { table }: FactorSource): readonly ModelTable[] {
  return previous.filter(({ name }) => name === PARTS.factors).map((found) => ({ ...found, name: table }));
}

function previousCentres(previous: readonly ModelTable[]): FactorRows | undefined {
  const table = previous.find(({ name }) => name === PARTS.centres);
  return table && readCentres(table);
}

/** The profiles that have a direction, with their factors at length 1. MODEL_INPUT_INVALID where nobody has. */
function profilePoints(
  { profiles, rowStarts, columns, weights }: Interactions,
  foldIn: WeightedFoldIn,
): { points: Float32Array; profiles: Uint32Array } {
  const { width } = foldIn;
  const points = new Float32Array(profiles.length * width);
  const rows = new Uint32Array(profiles.length);
  let size = 0;
  for (let profile = 0; profile < profiles.length; profile++) {
    const [from, to] = [rowStarts[profile]!, rowStarts[profile + 1]!];
    foldIn.solve(columns.subarray(from, to), weights.subarray(from, to), to - from, points, size * width);
    if (toUnitLength(points, size * width, width)) rows[size++] = profile;
  }
  if (size === 0)
    throw new MarqueeError('MODEL_INPUT_INVALID', { model: NAME, reason: 'no profile has factors' });
  return { points: points.subarray(0, size * width), profiles: rows.subarray(0, size) };
}

function centresTable({ centres: { values, width }, sizes }: Clustering): ModelTable {
  const ids = Array.from(sizes, () => '');
  const { columns } = factorTable(PARTS.centres, 'cluster', { ids, width, values });
  return {
    name: PARTS.centres,
    rows: sizes.length,
    columns: {
      ...columns,
      cluster: { type: 'INTEGER', values: Int32Array.from(sizes, (_, cluster) => cluster) },
      members: { type: 'INTEGER', values: sizes },
    },
  };
}

/** (watched by members + s · share of all) / (members + s). */
function bestTitlesTable(
  { assignments, sizes }: Clustering,
  profiles: Uint32Array,
  { titles, rowStarts, columns }: Interactions,
  { kept, strength }: ClustersOptions,
): ModelTable {
  const watched = Array.from(sizes, () => new Int32Array(titles.length));
  const byAll = new Int32Array(titles.length);
  assignments.forEach((cluster, point) => {
    const profile = profiles[point]!;
    for (let entry = rowStarts[profile]!; entry < rowStarts[profile + 1]!; entry++) {
      watched[cluster]![columns[entry]!]! += 1;
      byAll[columns[entry]!]! += 1;
    }
  });
  const best = createBestTitles(Math.min(kept, titles.length));
  const scores = new Float32Array(titles.length);
  const rows = {
    cluster: [] as number[],
    rank: [] as number[],
    title: [] as number[],
    score: [] as number[],
  };
  sizes.forEach((members, cluster) => {
    byAll.forEach((count, title) => {
      const share = count / profiles.length;
      scores[title] = (watched[cluster]![title]! + strength * share) / (members + strength);
    });
    const size = best.select(scores, titles.length);
    for (let rank = 0; rank < size; rank++) {
      rows.cluster.push(cluster);
      rows.rank.push(rank + 1);
      rows.title.push(best.titles[rank]!);
      rows.score.push(best.scores[rank]!);
    }
  });
  return {
    name: PARTS.best,
    rows: rows.title.length,
    columns: {
      cluster: { type: 'INTEGER', values: Int32Array.from(rows.cluster) },
      rank: { type: 'INTEGER', values: Int32Array.from(rows.rank) },
      title_id: { type: 'VARCHAR', values: rows.title.map((title) => titles[title]!) },
      score: { type: 'FLOAT', values: Float32Array.from(rows.score) },
      profiles: {
        type: 'INTEGER',
        values: Int32Array.from(rows.title, (title, row) => watched[rows.cluster[row]!]![title]!),
      },
    },
  };
}

/** Somebody without a cluster gets what most profiles watched. */
function createClusterScorer(tables: readonly ModelTable[], regularisation: Regularisation): Scorer {
  const factors = readFactorTable(tableNamed(NAME, tables, PARTS.factors), 'title_id');
  const centres = readCentres(tableNamed(NAME, tables, PARTS.centres));
  const listed = tableNamed(NAME, tables, PARTS.titles);
  const titles = titlesOf(NAME, listed);
  const prior = popularityPrior(columnOf(NAME, listed, 'profiles', 'INTEGER'), MOST_PRIOR);
  const columns = new Map(titles.map((title, column) => [title, column]));
  const best = tableNamed(NAME, tables, PARTS.best);
  const scoresOf = Array.from({ length: centres.ids.length }, () => prior.slice());
  const bestScores = columnOf(NAME, best, 'score', 'FLOAT');
  const clusters = columnOf(NAME, best, 'cluster', 'INTEGER');
  titlesOf(NAME, best).forEach((title, row) => {
    const column = columns.get(title);
    if (column !== undefined) scoresOf[clusters[row]!]![column] = bestScores[row]!;
  });
  const foldIn = createWeightedFoldIn(factors, regularisation);
  const point = new Float32Array(factors.width);
  return {
    titles,
    score(history, scores) {
      foldIn.solve(history.columns, history.weights, history.columns.length, point);
      scores.set(scoresOf[clusterOf(centres, point)] ?? prior);
    },
  };
}

function readCentres(table: ModelTable): FactorRows {
  const clusters = columnOf(NAME, table, 'cluster', 'INTEGER');
  const ids = Array.from(clusters, String);
  return readFactorTable(
    { ...table, columns: { ...table.columns, cluster: { type: 'VARCHAR', values: ids } } },
    'cluster',
  );
}
