/**
 * The folds alone, on one core, over events that were decoded before: counting, which reads columns; and counting,
 * attribution and impression memory together on the same events, as the speed and behaviour processes run them between
 * them. 10,000 titles, 50 countries, a million profiles; state in memory. CPU seconds, with garbage collection, but for what
 * making the events leaves behind; in a process that is started as those stages are.
 */
import { FOLDING_FLAGS } from '../infra/local/node-flags.ts';
import type { Benchmark } from './lib/benchmark.ts';
import { measureFolds } from './lib/fold-rounds.ts';
import { inOwnProcess } from './lib/in-own-process.ts';

export const benchmark = inOwnProcess(import.meta.filename, FOLDING_FLAGS);

export const measured: Benchmark = (context) => Promise.resolve(measureFolds(context));
