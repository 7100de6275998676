/**
 * Up to when extract has decided the raw log of a partition. A clean partition is empty as well when its extractor is
 * behind; only what extract has read past is proven to be all there was.
 */
import type { EpochMs } from '../time.ts';

/** Ends that wait to be reached; where more come, one goes that has others close by. */
const MOST_ENDS = 128;

export interface Reach {
  /** Every raw record appended before is in its clean topic or a dead letter; 0 before that is known of any. */
  reached: EpochMs;
  /** Ends of the raw log not yet reached, ascending. */
  ends: readonly { readonly at: EpochMs; readonly end: number }[];
}

export const createReach = (): Reach => ({ reached: 0, ends: [] });

/** The raw log ended at `end` at time `at` or later, and extract has since said to have decided all below `decided`. */
export function noteReach(reach: Reach, at: EpochMs, end: number, decided: number): void {
  const ends = [...reach.ends, { at, end }];
  const open = ends.findIndex((one) => one.end > decided);
  const last = open < 0 ? ends.at(-1) : ends[open - 1];
  if (last !== undefined) reach.reached = Math.max(reach.reached, last.at);
  const waiting = open < 0 ? [] : ends.slice(open);
  reach.ends = waiting.length <= MOST_ENDS ? waiting : waiting.toSpliced(crowded(waiting), 1);
}

/** Index of the one whose neighbours are the nearest to each other in time. */
function crowded(ends: Reach['ends']): number {
  let found = 1;
  let least = Infinity;
  for (let i = 1; i < ends.length - 1; i++) {
    const between = ends[i + 1]!.at - ends[i - 1]!.at;
    if (between < least) [found, least] = [i, between];
  }
  return found;
}
