/** The ladder: the best step that has an answer in time answers; the last one must not depend on anything. */
import type { Checkpoint } from '../domain/merge.ts';

export interface Step<T> {
  readonly name: string;
  /**
   * Undefined or a throw passes to the next step. Long work calls `check`, which throws once the step's time is over.
   * `failures` are those of the steps before: empty where they just had nothing to say.
   */
  answer(check: Checkpoint, failures: readonly StepFailure[]): T | undefined;
}

export interface StepFailure {
  readonly step: string;
  readonly reason: string;
}

export interface LadderOptions {
  /** For all steps together; each gets half of what is left, so that the next ones have time as well. */
  readonly budgetMs: number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly onFailure?: (failure: StepFailure, error: unknown) => void;
}

export function answerByLadder<T>(steps: readonly Step<T>[], options: LadderOptions): T | undefined {
  const { budgetMs, clock, onFailure } = options;
  const end = clock() + budgetMs;
  const failures: StepFailure[] = [];
  for (const step of steps) {
    const stepEnd = clock() + Math.max(0, end - clock()) / 2;
    const check = (): void => {
      if (clock() > stepEnd) throw new Error('its time was over');
    };
    try {
      const answer = step.answer(check, failures);
      if (answer !== undefined) return answer;
    } catch (error) {
      const failure = { step: step.name, reason: error instanceof Error ? error.message : String(error) };
      failures.push(failure);
      onFailure?.(failure, error);
    }
  }
  return undefined;
}
