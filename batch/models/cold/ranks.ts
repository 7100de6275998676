import type { WeightedFoldIn } from '../../../domain/fold-in.ts';
import { createBestTitles, dotScores } from '../../../domain/scores.ts';
import type { Interactions } from '../model.ts';

/** Where new titles stand for the profiles that went on to watch them. Shares are 0 to 1. */
export interface ColdRanks {
  /** Pairs of a profile and a new title that it did watch. */
  readonly asked: number;
  /** Mean share of the titles not seen that stand before the one watched (Hu, Koren & Volinsky 2008, section 6): one half is chance. */
  readonly percentile: number;
  /** The same among the new titles alone: does not change when all of them are lifted. */
  readonly percentileAmongNew: number;
  /** Share of the pairs where the title stands among the first 100. */
  readonly recallAt100: number;
  /** Share of those 100 that are new titles: much above their share of all titles, they push others out. */
  readonly newOf100: number;
}

export interface ColdQuestion {
  /** All that was watched. */
  readonly interactions: Interactions;
  /** What profiles are folded in from. */
  readonly rest: Interactions;
  /** Entries of the interactions to ask for, rising. */
  readonly pairs: Uint32Array;
  /** Columns of the new titles. */
  readonly isNew: Uint32Array;
  /** Factors by column. */
  readonly values: Float32Array;
  readonly foldIn: WeightedFoldIn;
}

const FIRST = 100;

export function askForNew({ interactions, rest, pairs, isNew, values, foldIn }: ColdQuestion): ColdRanks {
  const newTitles = new Uint8Array(interactions.titles.length);
  for (const column of isNew) newTitles[column] = 1;
  const all = new Uint8Array(newTitles.length).fill(1);
  const factors = new Float32Array(foldIn.width);
  const scores = new Float32Array(newTitles.length);
  const best = createBestTitles(FIRST);
  const sums = { percentile: 0, percentileAmongNew: 0, recallAt100: 0, newOf100: 0 };
  let profile = -1;
  let newOf100 = 0;
  for (const entry of pairs) {
    if (profile < 0 || entry >= interactions.rowStarts[profile + 1]!) {
      while (entry >= interactions.rowStarts[profile + 1]!) profile += 1;
      const known = entriesOf(rest, profile);
      foldIn.solve(known.columns, known.weights, known.columns.length, factors);
      dotScores(values, foldIn.width, factors, scores);
      const size = best.select(scores, scores.length, known.columns);
      newOf100 = best.titles.subarray(0, size).reduce((sum, title) => sum + newTitles[title]!, 0) / FIRST;
    }
    const target = interactions.columns[entry]!;
    const seen = entriesOf(interactions, profile).columns;
    const [overall, amongNew] = [all, newTitles].map((among) => placeOf(scores, target, seen, among));
    sums.percentile += overall!.share;
    sums.percentileAmongNew += amongNew!.share;
    sums.recallAt100 += overall!.place < FIRST ? 1 : 0;
    sums.newOf100 += newOf100;
  }
  const mean = (sum: number): number => (pairs.length === 0 ? 0 : sum / pairs.length);
  return {
    asked: pairs.length,
    percentile: mean(sums.percentile),
    percentileAmongNew: mean(sums.percentileAmongNew),
    recallAt100: mean(sums.recallAt100),
    newOf100: mean(sums.newOf100),
  };
}

function entriesOf({ rowStarts, columns, weights }: Interactions, profile: number) {
  const [from, to] = [rowStarts[profile], rowStarts[profile + 1]];
  return { columns: columns.subarray(from, to), weights: weights.subarray(from, to) };
}

/** How many of the titles `among` that were not seen stand before `target`, those of equal score counting half, and their share. */
function placeOf(
  scores: Float32Array,
  target: number,
  seen: Uint32Array,
  among: Uint8Array,
): { readonly place: number; readonly share: number } {
  const own = scores[target]!;
  let place = 0;
  let others = 0;
  const count = (title: number, sign: 1 | -1): void => {
    if (among[title] === 0 || title === target) return;
    others += sign;
    if (scores[title]! > own) place += sign;
    else if (scores[title] === own) place += sign / 2;
  };
  for (let title = 0; title < scores.length; title++) count(title, 1);
  for (const title of seen) count(title, -1);
  return { place, share: others === 0 ? 0 : place / others };
}
