/**
 * The folds alone, on one core, over events that were decoded before: counting, which reads columns; and counting,
 * attribution and impression memory together on the same events, as the speed and behaviour processes run them between
 * them. 10,000 titles, 50 countries, a million profiles; state in memory. CPU seconds, with garbage collection, but for what
 * making the events leaves behind; in a process that is started as those stages are.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FOLDING_FLAGS } from '../infra/local/node-flags.ts';
import type { Benchmark, Figures } from './lib/benchmark.ts';
import type { FoldTold } from './lib/fold-process.ts';

const PROCESS = join(import.meta.dirname, 'lib', 'fold-process.ts');

export const benchmark: Benchmark = async ({ say }) => {
  const child = fork(PROCESS, { execArgv: [...process.execArgv, ...FOLDING_FLAGS] });
  let measured: Figures | undefined;
  child.on('message', ({ line, figures }: FoldTold) => {
    if (line !== undefined) say(line);
    measured = figures ?? measured;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (measured === undefined) throw new Error(`the process that folds ended with ${String(code)}`);
  return measured;
};
