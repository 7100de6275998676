/** What one part of the proof found. */
export interface Finding {
  readonly figures: Readonly<Record<string, number>>;
  /** Sentences; none where all is as it should be. */
  readonly differences: readonly string[];
}

export type Say = (line: string) => void;

/** Runs work in so many lanes; all that began have ended when it settles. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  const settled = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
}
