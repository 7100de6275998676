/**
 * How much every title is to the taste of one profile, from its newest plays: by the factors of titles with the plays folded
 * in; else by the cluster that it is nearest to; else by the neighbours of what it watched; else by genres.
 */
import { clusterOf } from '../cluster-assignment.ts';
import { createTitleScores } from '../title-scores.ts';
import { createGenreTaste, type GenreTaste } from './genre-taste.ts';
import { createHistory, readHistory, type History } from './history.ts';
import type { PagePolicy } from './policy.ts';
import { createQuickFoldIn } from './quick-fold-in.ts';
import type { TasteSource } from './request.ts';
import {
  hasTitle,
  type ProfileView,
  type RankingModels,
  type TitleFactors,
  type TitleTable,
} from './types.ts';

export interface Taste {
  readonly source: TasteSource;
  /** By title number; any scale, 0 for a title that nothing is known of. What was there is overwritten by the next profile. */
  readonly scores: Float32Array;
  /** Plays that it was made of. */
  readonly plays: number;
  readonly genres: GenreTaste;
}

export interface TasteReader {
  /** The taste of a profile, in memory that is used again. Allocates next to nothing. */
  of(profile: ProfileView | null, policy: PagePolicy): Taste;
}

export function createTasteReader(titles: TitleTable, models: RankingModels): TasteReader {
  const scores = new Float32Array(titles.count);
  const history = createHistory();
  const known = createHistory();
  const genres = createGenreTaste(titles);
  const byFactors = models.factors === null ? undefined : createFactorTaste(models.factors);
  const byCluster = models.clusters === null ? undefined : createClusterTaste(models.clusters);

  const writeScores = (policy: PagePolicy): TasteSource => {
    if (history.size === 0) return 'none';
    const isNew = history.size <= policy.cluster_plays;
    if (isNew && byCluster?.(history, known, scores) === true) return 'clusters';
    if (byFactors?.(history, known, scores) === true) return 'factors';
    if (byCluster?.(history, known, scores) === true) return 'clusters';
    if (scoreByNeighbours(models, history, scores)) return 'neighbours';
    return genres.score(scores) ? 'genres' : 'none';
  };

  return {
    of(profile, policy) {
      history.size = 0;
      if (profile !== null) readHistory(profile, policy, titles.count, history);
      genres.read(history, policy.genre_strength);
      const source = writeScores(policy);
      if (source === 'none') scores.fill(0);
      return { source, scores, plays: history.size, genres };
    },
  };
}

/** Writes scores and says true, or leaves them undefined and says false where it knows nothing of the history. */
type ScoreHistory = (history: History, known: History, scores: Float32Array) => boolean;

function createFactorTaste(factors: TitleFactors): ScoreHistory {
  const fold = createFolding(factors);
  const titleScores = createTitleScores(factors.values, factors.width);
  return (history, known, scores) => {
    const folded = fold(history, known);
    if (folded === undefined) return false;
    titleScores.score(folded, scores);
    return true;
  };
}

function createClusterTaste({
  centres,
  lists,
  factors,
}: NonNullable<RankingModels['clusters']>): ScoreHistory {
  const fold = createFolding(factors);
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
function createFolding(
  factors: TitleFactors,
): (history: History, known: History) => Float32Array | undefined {
  const foldIn = createQuickFoldIn(factors);
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
