/** What a scenario is: work whose every activity a worker is killed in, and what is to be seen of it in the end. */
import type { KillRegion } from './region.ts';

export const MOMENTS = ['before', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Work {
  /** Once, with a worker that lives: what the work goes on from. */
  prepare?(): Promise<void>;
  /** Begins something new; what it answers settles when that has ended. */
  begin(): Promise<() => Promise<unknown>>;
  /** Sentences on what is not as it should be after what was begun last; none where all is. */
  differences(): Promise<string[]>;
  close?(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  /** All that it goes through, in order; those that others go through as well may be left out. */
  readonly activities: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Rows and profiles by key are in Cassandra. */
  readonly needsCassandra?: boolean;
  readonly open: (region: KillRegion) => Work | Promise<Work>;
}
