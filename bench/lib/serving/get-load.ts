/** HTTP gets of many addresses: as fast as so many connections go, or at a rate whatever the server does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection, type LeanConnection } from './lean-connection.ts';

export interface GetLoad {
  /** All of one server. */
  readonly urls: readonly string[];
  readonly connections: number;
}

export interface ClosedResult {
  readonly seconds: number;
  readonly bytes: number;
}

/** Each connection asks again when it was answered, until so many were. Throws for an answer other than 200. */
export async function getClosed(load: GetLoad, requests: number): Promise<ClosedResult> {
  return withConnections(load, async (connections, paths) => {
    let [next, bytes] = [0, 0];
    const started = performance.now();
    await Promise.all(
      connections.map(async (connection) => {
        while (next < requests) {
          const length = await connection.get(paths[next++ % paths.length]!);
          bytes += length;
        }
      }),
    );
    return { seconds: (performance.now() - started) / 1000, bytes };
  });
}

/**
 * Asks at a fixed rate for so long. A time is from when a request was due, so that a server that stalls is charged for those
 * who would have asked meanwhile. Milliseconds, rising.
 */
export function getOpen(load: GetLoad, perSecond: number, seconds: number): Promise<Float64Array> {
  return withConnections(load, async (connections, paths) => {
    const total = Math.floor(perSecond * seconds);
    const times = new Float64Array(total);
    const idle = [...connections];
    const pending: Promise<void>[] = [];
    const started = performance.now();
    let [begun, answered] = [0, 0];
    const failures: unknown[] = [];

    /** Answers those that are due, one after the other. */
    async function work(connection: LeanConnection, due: () => number): Promise<void> {
      while (begun < due() && failures.length === 0) {
        const number = begun++;
        await connection.get(paths[number % paths.length]!);
        times[answered++] = performance.now() - started - (number / perSecond) * 1000;
      }
      idle.push(connection);
    }

    let due = 0;
    while (due < total && failures.length === 0) {
      // The first is due at once.
      due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond) + 1);
      for (let free = due - begun; free > 0 && idle.length > 0; free--)
        pending.push(work(idle.pop()!, () => due).catch((error: unknown) => void failures.push(error)));
      await sleep(1);
    }
    await Promise.all(pending);
    if (failures.length > 0) throw failures[0];
    return times.sort();
  });
}

export const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

async function withConnections<T>(
  { urls, connections: count }: GetLoad,
  work: (connections: readonly LeanConnection[], paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const { origin } = new URL(urls[0]!);
  const paths = urls.map((url) => url.slice(origin.length));
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(origin)));
  try {
    return await work(connections, paths);
  } finally {
    for (const connection of connections) connection.close();
  }
}
