/** Performs the plan of the demo on a stage: the real servers, or a stand-in in tests. */
import type { Comparison } from './compare.ts';
import type { Followed } from './watcher.ts';
import { describeStep, planStream, SET_UP, type CompareAt, type ProcessName, type Step } from './plan.ts';

export interface Stage {
  /** Resolves with the number of lines of the event file. */
  prepare(): Promise<number>;
  servers(): Promise<void>;
  processes(names: readonly ProcessName[]): Promise<void>;
  /** Resolves when catalogue and pages are published. */
  sideInputs(): Promise<void>;
  /** Resolves when each line up to this one was acknowledged or refused. */
  send(untilLine: number): Promise<void>;
  /** Resolves when serving serves the version that the refresh published. */
  refresh(number: number): Promise<void>;
  compare(lines: number): Promise<Comparison>;
  restart(process: ProcessName): Promise<void>;
  /** Resolves when serving ranks by the model that was trained. */
  train(): Promise<void>;
  watch(): Promise<Followed>;
}

export interface Performance {
  readonly refreshes: number;
  readonly comparisons: readonly { readonly at: CompareAt; readonly result: Comparison }[];
  readonly followed: Followed | undefined;
}

export interface PerformOptions {
  readonly mergedAtLeast: number;
  readonly onStep: (description: string, step: Step) => void;
  readonly onComparison: (at: CompareAt, result: Comparison) => void;
  readonly onFollowed: (followed: Followed) => void;
}

/** Runs every step in order. A comparison with differences does not end the run: its result says so. */
export async function perform(stage: Stage, options: PerformOptions): Promise<Performance> {
  const comparisons: { at: CompareAt; result: Comparison }[] = [];
  let refreshes = 0;
  let totalLines = 0;
  let followed: Followed | undefined;

  async function run(step: Step): Promise<void> {
    options.onStep(describeStep(step), step);
    switch (step.kind) {
      case 'prepare':
        totalLines = await stage.prepare();
        return;
      case 'servers':
        return stage.servers();
      case 'processes':
        return stage.processes(step.names);
      case 'side-inputs':
        return stage.sideInputs();
      case 'send':
        return stage.send(step.untilLine);
      case 'refresh': {
        const meanwhile =
          step.meanwhileUntilLine === undefined ? undefined : stage.send(step.meanwhileUntilLine);
        const outcomes = await Promise.allSettled([stage.refresh(step.number), meanwhile]);
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
        refreshes += 1;
        return;
      }
      case 'compare': {
        const result = await stage.compare(step.lines);
        comparisons.push({ at: step.at, result });
        options.onComparison(step.at, result);
        return;
      }
      case 'restart':
        return stage.restart(step.process);
      case 'train':
        return stage.train();
      case 'watch':
        followed = await stage.watch();
        options.onFollowed(followed);
    }
  }

  for (const step of SET_UP) await run(step);
  for (const step of planStream({ totalLines, mergedAtLeast: options.mergedAtLeast })) await run(step);
  return { refreshes, comparisons, followed };
}
