/** Work at a rate, whatever it takes. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Paced<T> {
  readonly results: readonly T[];
  /** How late the last was begun. */
  readonly behindMs: number;
}

/** Begins `work` so many times, so many a second, and resolves when all of it has. */
export async function paced<T>(
  times: number,
  perSecond: number,
  work: (nth: number) => Promise<T>,
): Promise<Paced<T>> {
  const begun = performance.now();
  const under: Promise<T>[] = [];
  let behindMs = 0;
  for (let nth = 0; nth < times; nth += 1) {
    const dueMs = begun + (nth * 1000) / perSecond - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    behindMs = Math.max(0, -dueMs);
    under.push(work(nth));
  }
  return { results: await Promise.all(under), behindMs };
}
