/**
 * A service on all cores: so many processes of it that listen on one port (Node's cluster), which share nothing else. The first
 * process only starts them, starts another in the place of one that ended, and passes on what it is told.
 */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './log.ts';

export interface WorkersOptions {
  /** At least 1. */
  readonly count: number;
  /** What tells a worker which one it is, from 0 on. */
  readonly environmentOf: (worker: number) => Readonly<Record<string, string>>;
  /** After so long without an end workers are killed. */
  readonly shutdownTimeoutMs: number;
  readonly log: Log;
}

/** Before a worker that ended is started again. */
const PAUSE_MS = 1000;

export const isFirstProcess = (): boolean => cluster.isPrimary;

/** Resolves once the first process is told to stop, by SIGTERM or SIGINT, and all have ended: with the greatest of their exit codes. */
export async function runWorkers({
  count,
  environmentOf,
  shutdownTimeoutMs,
  log,
}: WorkersOptions): Promise<number> {
  const stopping = new AbortController();
  let worst = 0;

  const start = (worker: number): Promise<Worker> => {
    const started = cluster.fork({ ...environmentOf(worker) });
    return new Promise((resolve) => {
      const end = (): void => void started.process.kill('SIGTERM');
      stopping.signal.addEventListener('abort', end);
      started.once('exit', (code: number | undefined, signal: string | undefined) => {
        stopping.signal.removeEventListener('abort', end);
        if (stopping.signal.aborted) worst = Math.max(worst, code ?? 1);
        else log.error({ worker, code, signal }, 'a worker has ended: another is started in its place');
        resolve(started);
      });
    });
  };
  const keep = async (worker: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await start(worker);
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const kept = Array.from({ length: count }, (_, worker) => keep(worker));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  stopping.abort();
  const cut = setTimeout(() => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  }, shutdownTimeoutMs);
  await Promise.all(kept);
  clearTimeout(cut);
  return worst;
}
