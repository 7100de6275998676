/** What fold-in is worth: the newest plays of a profile added to its factors, the titles' factors as they were. */
import type { RowScorer } from '../../../batch/evaluation/evaluate.ts';
import { evaluate, historyOf, meanOf, type Evaluated } from '../../../batch/evaluation/evaluate.ts';
import { withoutNewest, type Split } from '../../../batch/evaluation/splits.ts';
import type { Trainable } from './families.ts';

export interface FoldInRuns {
  /** Asked with what it was trained on alone. */
  readonly stale: Evaluated;
  /** Asked with the newest plays as well. */
  readonly folded: Evaluated;
}

/** Trains without the newest `plays` of each profile; both rankings leave out everything that was watched by then. */
export async function foldInRuns(
  trainable: Trainable,
  split: Split,
  seeds: readonly number[],
  plays: number,
): Promise<FoldInRuns> {
  const known = withoutNewest(split.train, plays);
  const [stale, folded]: [Evaluated[], Evaluated[]] = [[], []];
  for (const seed of seeds) {
    const scorer = await trainable.train(known, seed);
    const old: RowScorer = {
      titles: scorer.titles,
      score: (_, scores, row) => {
        scorer.score(historyOf(known, row), scores, row);
      },
    };
    stale.push(await evaluate(old, split));
    folded.push(await evaluate(scorer, split));
  }
  return { stale: meanOf(stale), folded: meanOf(folded) };
}
