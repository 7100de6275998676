/** A benchmark that is measured in a process which is started as the measured part is in deployment. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { Benchmark, Figures } from './benchmark.ts';
import type { Told } from './benchmark-process.ts';

const PROCESS = join(import.meta.dirname, 'benchmark-process.ts');

/** `module` exports the benchmark as `measured`; Node.js is started with `flags` besides this one's. */
export const inOwnProcess =
  (module: string, flags: readonly string[]): Benchmark =>
  async ({ say }) => {
    const child = fork(PROCESS, [module, ...process.argv.slice(2)], {
      execArgv: [...process.execArgv, ...flags],
    });
    let figures: Figures | undefined;
    let failure: Told['failure'];
    child.on('message', (told: Told) => {
      if (told.line !== undefined) say(told.line);
      figures = told.figures ?? figures;
      failure = told.failure ?? failure;
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (failure !== undefined) throw new MarqueeError(failure.code, failure.details);
    if (figures === undefined || code !== 0)
      throw new Error(`the process that measures ended with ${String(code ?? signal)}`);
    return figures;
  };
