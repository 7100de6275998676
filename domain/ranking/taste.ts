/**
 * How much every title is to the taste of one profile, from its newest plays: by the factors of titles with the plays folded
 * in; else by the cluster that it is nearest to; else by the neighbours of what it watched; else by genres.
 */
import { clusterOf } from '../cluster-assignment.ts';
import { createBestSearch, type BestFound } from './best-titles.ts';
import { createGenreTaste, type GenreTaste } from './genre-taste.ts';
import { createHistory, readHistory, type History } from './history.ts';
import type { InSlices } from '../in-slices.ts';
import type { PagePolicy } from './policy.ts';
import { prunedScoresInSlices, type PrunedScores } from './pruned-scores.ts';
import { quickFoldInInSlices } from './quick-fold-in.ts';
import type { TasteSource } from './request.ts';
import {
  hasTitle,
  type ProfileView,
  type RankingModels,
  type TitleFactors,
  type TitleSet,
  type TitleTable,
} from './types.ts';

/** Titles best by taste that can be asked for at once: each more means looking at more of the catalogue. */
export const MOST_BY_TASTE = 256;

export interface Taste {
  readonly source: TasteSource;
  /** Plays that it was made of. */
  readonly plays: number;
  readonly genres: GenreTaste;
  /** Writes how much each of the first `size` titles is to the taste: any scale, 0 where nothing is known of a title. */
  write(titles: Uint32Array, size: number, scores: Float32Array): void;
  /** The titles of a set that are most to the taste, with scores above 0. */
  best(among: TitleSet, wanted: number): BestFound;
}

export interface TasteReader {
  /** The taste of a profile, until the next one is asked for: memory is used again. Allocates next to nothing. */
  of(profile: ProfileView | null, policy: PagePolicy): Taste;
}

export function* tasteReaderInSlices(titles: TitleTable, models: RankingModels): InSlices<TasteReader> {
  const history = createHistory();
  const known = createHistory();
  const genres = createGenreTaste(titles);
  const dense = createDenseScores(titles.count);
  const factors = models.factors === null ? undefined : yield* factorTasteInSlices(models.factors);
  const clusters = models.clusters === null ? undefined : yield* clusterTasteInSlices(models.clusters);
  const byCluster = (): boolean => clusters?.(history, known, dense.scores) === true;

  const readScores = (policy: PagePolicy): TasteSource => {
    if (history.size === 0) return 'none';
    if (history.size <= policy.cluster_plays && byCluster()) return 'clusters';
    if (factors?.ask(history, known) === true) return 'factors';
    if (byCluster()) return 'clusters';
    if (scoreByNeighbours(models, history, dense.scores)) return 'neighbours';
    return genres.score(dense.scores) ? 'genres' : 'none';
  };

  return {
    of(profile, policy) {
      history.size = 0;
      if (profile !== null) readHistory(profile, policy, titles.count, history);
      genres.read(history, policy.genre_strength);
      const source = readScores(policy);
      if (source === 'none') dense.scores.fill(0);
      const { write, best } = source === 'factors' ? factors!.scores : dense;
      return { source, plays: history.size, genres, write, best };
    },
  };
}

/** Scores that are there for every title, by number. */
function createDenseScores(count: number): Pick<Taste, 'write' | 'best'> & { readonly scores: Float32Array } {
  const all = new Float32Array(count);
  const found = createBestSearch(MOST_BY_TASTE, count);
  return {
    scores: all,
    write(titles, size, scores) {
      for (let i = 0; i < size; i++) scores[i] = all[titles[i]!]!;
    },
    best(among, wanted) {
      found.begin(wanted);
      found.look(all, 0, count, among);
      found.end();
      return found;
    },
  };
}

/** Writes scores and says true, or leaves them undefined and says false where it knows nothing of the history. */
type ScoreHistory = (history: History, known: History, scores: Float32Array) => boolean;

interface FactorTaste {
  readonly scores: PrunedScores;
  ask(history: History, known: History): boolean;
}

/** Made once for factors: a version of another model that comes changes none of it, and one taste is asked at a time. */
const madeOf = new WeakMap<TitleFactors, FactorTaste>();

function* factorTasteInSlices(factors: TitleFactors): InSlices<FactorTaste> {
  const made = madeOf.get(factors) ?? (yield* makeFactorTaste(factors));
  madeOf.set(factors, made);
  return made;
}

function* makeFactorTaste(factors: TitleFactors): InSlices<FactorTaste> {
  const fold = yield* foldingInSlices(factors);
  const scores = yield* prunedScoresInSlices(factors, MOST_BY_TASTE);
  return {
    scores,
    ask(history, known) {
      const folded = fold(history, known);
      if (folded !== undefined) scores.ask(folded);
      return folded !== undefined;
    },
  };
}

function* clusterTasteInSlices({
  centres,
  lists,
  factors,
}: NonNullable<RankingModels['clusters']>): InSlices<ScoreHistory> {
  const fold = yield* foldingInSlices(factors);
  return (history, known, scores) => {
    const folded = fold(history, known);
    if (folded === undefined) return false;
    const list = lists[clusterOf({ values: centres, width: factors.width }, folded)];
    if (list === undefined) return false;
    scores.fill(0);
    list.titles.forEach((title, rank) => (scores[title] = list.scores[rank]!));
    return true;
  };
}

/** The factors of a history, in memory that is used again; undefined where none of its titles has factors. */
type Fold = (history: History, known: History) => Float32Array | undefined;

function* foldingInSlices(factors: TitleFactors): InSlices<Fold> {
  const foldIn = yield* quickFoldInInSlices(factors);
  const folded = new Float32Array(factors.width);
  return (history, known) => {
    if (known.titles.length < history.titles.length)
      Object.assign(known, createHistory(history.titles.length));
    known.size = 0;
    for (let entry = 0; entry < history.size; entry++) {
      const title = history.titles[entry]!;
      if (!hasTitle(factors.known, title) || !(history.weights[entry]! > 0)) continue;
      known.titles[known.size] = title;
      known.weights[known.size] = history.weights[entry]!;
      known.size += 1;
    }
    const isSolved = known.size > 0 && foldIn.solve(known.titles, known.weights, known.size, folded);
    return isSolved ? folded : undefined;
  };
}

/** Σ weight · √score over the neighbours of what was watched: the root of a log-likelihood ratio is a standard score. */
function scoreByNeighbours({ neighbours }: RankingModels, history: History, scores: Float32Array): boolean {
  if (neighbours === null) return false;
  let found = false;
  scores.fill(0);
  for (let entry = 0; entry < history.size; entry++) {
    const title = history.titles[entry]!;
    for (let at = neighbours.starts[title]!; at < neighbours.starts[title + 1]!; at++) {
      scores[neighbours.titles[at]!]! +=
        history.weights[entry]! * Math.sqrt(Math.max(0, neighbours.scores[at]!));
      found = true;
    }
  }
  return found;
}
