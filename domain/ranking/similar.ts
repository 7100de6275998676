/**
 * Titles like one title: its neighbours by co-watching, then those whose factors point the same way, then those of the same
 * genres. Scores fall from step to step: 2 and more for neighbours, 1 and more by factors, less than 1 by genres.
 */
import { toUnitLength } from '../cluster-assignment.ts';
import { createTitleScores } from '../title-scores.ts';
import { createPicker } from './pick.ts';
import { createPool, MOST_CANDIDATES } from './pool.ts';
import { createBestSearch } from './best-titles.ts';
import {
  emptyTitleSet,
  hasTitle,
  removeTitle,
  type RankedList,
  type RankingModels,
  type TitleFactors,
  type TitleSet,
  type TitleTable,
} from './types.ts';

export interface SimilarTitles {
  /** At most `limit` titles of the set, without the title itself; empty for a title that is not of the table. */
  of(title: number, among: TitleSet, limit: number): RankedList;
}

/** Whether titles of such a list are there for being watched together with the title, and for their factors. */
export const hasNeighbours = ({ scores }: RankedList): boolean => scores.some((score) => score >= 2);
export const isOfFactors = ({ scores }: RankedList): boolean =>
  scores.some((score) => score >= 1 && score < 2);

/** Just below 1: the best of a step stays below the worst of the step before it. */
const BELOW_ONE = 0.999;

export function createSimilarTitles(
  titles: TitleTable,
  { neighbours, factors }: RankingModels,
): SimilarTitles {
  const open = emptyTitleSet(titles.count);
  const pool = createPool(open);
  const picker = createPicker(titles);
  const byFactors = factors === null ? undefined : createCosines(factors);
  const likeness = new Float32Array(titles.count);
  const best = createBestSearch(MOST_CANDIDATES >> 1, titles.count);

  /** Adds the titles of greatest likeness, as long as it is above 0. */
  const addBest = (step: number, wanted: number): void => {
    best.begin(wanted);
    best.look(likeness, 0, titles.count, open);
    best.end();
    for (let i = 0; i < best.size; i++) {
      const near = best.titles[i]!;
      pool.addScored(near, step + BELOW_ONE * Math.min(1, likeness[near]!));
    }
  };

  const addNeighbours = (title: number): void => {
    if (neighbours === null) return;
    const [from, to] = [neighbours.starts[title]!, neighbours.starts[title + 1]!];
    const most = Math.sqrt(Math.max(0, neighbours.scores[from] ?? 0));
    for (let at = from; at < to; at++) {
      const near = neighbours.titles[at]!;
      const share = most > 0 ? Math.sqrt(Math.max(0, neighbours.scores[at]!)) / most : 0;
      if (hasTitle(open, near)) pool.addScored(near, 2 + BELOW_ONE * Math.min(1, share));
    }
  };

  return {
    of(title, among, limit) {
      pool.clear();
      if (title < 0 || title >= titles.count || limit < 1)
        return { titles: new Uint32Array(), scores: new Float32Array() };
      for (let word = 0; word < open.length; word++) open[word] = among[word] ?? 0;
      removeTitle(open, title);
      const wanted = Math.min(limit, MOST_CANDIDATES);
      addNeighbours(title);
      if (pool.size < wanted && byFactors?.(title, likeness) === true) addBest(1, wanted);
      if (pool.size < wanted && writeOverlaps(titles, title, likeness)) addBest(0, wanted);
      const { titles: found, scores } = picker.pick(pool, wanted, 0);
      return { titles: found, scores };
    },
  };
}

/** Writes the cosine of each title's factors with those of one; false, and nothing, where that one has none. */
function createCosines({
  values,
  width,
  known,
}: TitleFactors): (title: number, likeness: Float32Array) => boolean {
  const units = Float32Array.from(values);
  for (let at = 0; at < units.length; at += width)
    if (!toUnitLength(units, at, width)) units.fill(0, at, at + width);
  const kernel = createTitleScores(units, width);
  return (title, likeness) => {
    if (!hasTitle(known, title)) return false;
    kernel.score(units.subarray(title * width, (title + 1) * width), likeness);
    return true;
  };
}

/** Writes how many genres both have over those that either has (Jaccard); false, and nothing, for a title without genres. */
function writeOverlaps(
  { count, genreStarts, genreOf }: TitleTable,
  title: number,
  likeness: Float32Array,
): boolean {
  const own = new Set(genreOf.subarray(genreStarts[title], genreStarts[title + 1]));
  if (own.size === 0) return false;
  for (let other = 0; other < count; other++) {
    const from = genreStarts[other]!;
    const to = genreStarts[other + 1]!;
    let both = 0;
    for (let at = from; at < to; at++) if (own.has(genreOf[at]!)) both += 1;
    likeness[other] = both / (own.size + to - from - both);
  }
  return true;
}
