/** What the steps of an erasure hand on to each other: small, plain data. */
import type { ErasureFinding } from './report.ts';

/** Ends of logs, exclusive: by topic, then by partition. */
export type LogEnds = Readonly<Record<string, readonly number[]>>;

/** Which logs others must have read up to where they ended, and who they are. */
export interface DrainStep {
  /** `extract`: the raw log up to the position. `rules`: state per profile. `lake`: the sink. */
  readonly of: 'extract' | 'rules' | 'lake';
  readonly ends: LogEnds;
}

/** Somebody who has not come far enough. */
export const behindText = (
  group: string,
  topic: string,
  partition: number,
  at: number,
  end: number,
): string => `${group} stands at ${at} of ${end} in ${topic}/${partition}`;

export const findingText = ({ place, found, as }: ErasureFinding): string => `${place}: ${found} as ${as}`;

/** How long to wait before looking again, the longer the more often was looked; milliseconds. */
export const waitMs = (looks: number, firstMs: number): number =>
  firstMs * Math.min(LONGEST_WAIT, 1.5 ** looks);

/** Times the first: ten minutes after five seconds. */
const LONGEST_WAIT = 120;
