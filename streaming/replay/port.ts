/** What a replayed stage puts out, and where it goes: never to a topic. */
import type { CleanTopic, DerivedTopic } from '../../domain/topics.ts';

export interface ReplayOutput {
  readonly topic: CleanTopic | DerivedTopic;
  readonly partition: number;
  readonly key: string;
  /** As the live stage would send it. */
  readonly value: Buffer;
  readonly record: object;
}

/** Port: takes outputs in the order of the log; resolves when there is room for more. */
export interface ReplayTarget {
  take(outputs: readonly ReplayOutput[]): Promise<void>;
  close(): Promise<void>;
}

export interface Comparison {
  /** Outputs, blocks or states held against the live lane's. */
  readonly compared: number;
  readonly differences: number;
  /** The first differences in words. */
  readonly examples: readonly string[];
}

const EXAMPLES = 10;

/** Counts differences and keeps the first in words. */
export function createDifferences() {
  const examples: string[] = [];
  let compared = 0;
  let differences = 0;
  return {
    same: () => void (compared += 1),
    differs(text: string) {
      compared += 1;
      differences += 1;
      if (examples.length < EXAMPLES) examples.push(text);
    },
    result: (): Comparison => ({ compared, differences, examples }),
  };
}
export type Differences = ReturnType<typeof createDifferences>;
