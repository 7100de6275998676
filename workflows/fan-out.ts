export interface FanOutOptions {
  /** Pieces under way at a time. */
  readonly window: number;
  /** Waited for before each piece begins. */
  readonly gate?: () => Promise<void>;
  readonly onDone?: (done: number) => void;
}

/**
 * Does `count` pieces of work, at most `window` at a time: the next begins when any ends. Results are in the order of the
 * pieces, whoever was first. After a failure none begins any more; the failure of the lowest piece is thrown when all
 * that were under way have ended.
 */
export async function fanOut<T>(
  count: number,
  { window, gate, onDone }: FanOutOptions,
  work: (piece: number) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(count);
  const failures = new Map<number, unknown>();
  let next = 0;
  let done = 0;

  async function lane(): Promise<void> {
    for (;;) {
      await gate?.();
      if (next >= count || failures.size > 0) return;
      const piece = next++;
      try {
        results[piece] = await work(piece);
        onDone?.(++done);
      } catch (error) {
        failures.set(piece, error);
      }
    }
  }

  const lanes = Array.from({ length: Math.max(1, Math.min(window, count)) }, lane);
  const ended = await Promise.allSettled(lanes);
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
  return results;
}
