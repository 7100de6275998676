const LONGEST_WAIT_MS = 300_000;

export type Refusals = ReturnType<typeof createRefusals>;

/**
 * Remembers the one version that could not be taken, so that it is not downloaded anew at every poll: the wait doubles
 * with each failure, up to five minutes. A different version, or the same with another manifest, is tried at once.
 */
export function createRefusals(firstWaitMs: number) {
  let refused: { key: string; failures: number; retryAt: number } | undefined;
  let total = 0;
  return {
    mustWait: (key: string, nowMs: number): boolean => refused?.key === key && nowMs < refused.retryAt,
    /** Counts a failure; true if it is the first of this version. */
    add(key: string, nowMs: number): boolean {
      const failures = refused?.key === key ? refused.failures + 1 : 1;
      const wait = Math.min(firstWaitMs * 2 ** Math.min(failures - 1, 20), LONGEST_WAIT_MS);
      refused = { key, failures, retryAt: nowMs + wait };
      total += 1;
      return failures === 1;
    },
    clear(): void {
      refused = undefined;
    },
    total: (): number => total,
  };
}
