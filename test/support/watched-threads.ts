import type { TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';

/** How many threads were started from now on, and how many of them have not ended. */
export function watchThreads(t: TestContext): () => { readonly started: number; readonly running: number } {
  let [started, ended] = [0, 0];
  const watch = (worker: Worker): void => {
    started += 1;
    worker.once('exit', () => (ended += 1));
  };
  process.on('worker', watch);
  t.after(() => process.off('worker', watch));
  return () => ({ started, running: started - ended });
}
