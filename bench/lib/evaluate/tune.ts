/** Choosing settings: the best mean NDCG@10 on what is held out inside the training part. The test split has no say. */
import { averageOf, evaluate } from '../../../batch/evaluation/evaluate.ts';
import type { Split } from '../../../batch/evaluation/splits.ts';
import type { Family, Trainable } from './families.ts';

export interface Chosen {
  readonly family: Family;
  readonly trainable: Trainable;
  /** Mean NDCG@10 on the validation split. */
  readonly score: number;
  readonly tried: number;
}

/** A long grid says how far it has come after each eighth. */
const TOLD_TIMES = 8;

/** Of equal scores the first that was tried is chosen. */
export async function tune(
  family: Family,
  validation: Split,
  seed: number,
  say: (line: string) => void,
): Promise<Chosen> {
  let best: { trainable: Trainable; score: number } | undefined;
  let tried = 0;
  const started = performance.now();
  const sayHowFar = (): void => {
    const { length } = family.grid;
    if (tried >= length || tried % Math.ceil(length / TOLD_TIMES) > 0) return;
    const seconds = (performance.now() - started) / 1000;
    const left = Math.ceil((seconds / tried) * (length - tried));
    say(`${family.name}: ${tried} of ${length} settings tried, some ${left} s left`);
  };
  const attempt = async (trainables: readonly Trainable[]): Promise<void> => {
    for (const trainable of trainables) {
      const { profiles } = await evaluate(await trainable.train(validation.train, seed), validation);
      const score = averageOf(profiles.ndcg_at_10);
      tried += 1;
      if (best === undefined || score > best.score) best = { trainable, score };
      sayHowFar();
    }
  };
  await attempt(family.grid);
  if (best === undefined) throw new RangeError(`there is nothing to try of ${family.name}`);
  await attempt(family.refine(best.trainable));
  const { trainable, score } = best;
  say(`${family.name}: ${score.toFixed(4)} on validation, the best of ${tried}: ${trainable.settings}`);
  return { family, trainable, score, tried };
}
