import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs `work` so that every DuckDB statement under way in it is interrupted when the signal is aborted, and none begins
 * afterwards. A signal goes with the work rather than through every function that at the bottom asks a question.
 */
export const interruptible = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
  current.run(signal, work);

/** Calls `interrupt` when the work around is told to end, until the function it gives back is called. */
export function onInterruption(interrupt: () => void): () => void {
  const signal = current.getStore();
  if (signal === undefined) return () => undefined;
  signal.throwIfAborted();
  signal.addEventListener('abort', interrupt, { once: true });
  return () => signal.removeEventListener('abort', interrupt);
}
