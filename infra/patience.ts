/** How long closing waits for servers that may be gone. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 2000;

/** Resolves when the work has settled, or without it once patience is over: a server that is gone hears no goodbye. */
export async function patiently(...work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const begun = work.filter((one) => one !== undefined);
  const over = new AbortController();
  const patience = sleep(PATIENCE_MS, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(begun), patience]);
  over.abort();
}
