/** Holds what the processes published and stored against what they must have. Each comparison is pure, and can fail. */
import { createDifferences, type Comparison } from '../../../streaming/replay/port.ts';
import { firstDifference } from '../../../streaming/replay/final-state.ts';
import type { Entries } from './expected-counts.ts';
import type { Upserts } from './expected-profiles.ts';

/** How far the speed view of a clean topic-partition reaches. */
export interface LaneReach {
  readonly lane: string;
  readonly watermark: number;
  readonly end: number;
  readonly holes: readonly number[];
}

/** Entry by entry; a hole, and a lane that does not reach the log's end, is a difference too. */
export function compareCounts(
  expected: Entries,
  counted: Entries,
  reaches: readonly LaneReach[],
): Comparison {
  const found = createDifferences();
  for (const { lane, watermark, end, holes } of reaches) {
    for (const block of holes) found.differs(`${lane} has a hole at block ${block}`);
    if (watermark !== end) found.differs(`${lane} is counted up to ${watermark}, the log ends at ${end}`);
  }
  for (const key of new Set([...expected.keys(), ...counted.keys()])) {
    const [wanted, held] = [expected.get(key) ?? [], counted.get(key) ?? []];
    if (wanted.length === held.length && wanted.every((value, m) => value === held[m])) found.same();
    else
      found.differs(
        `${key}: expected ${wanted.join(' ') || 'nothing'}, counted ${held.join(' ') || 'nothing'}`,
      );
  }
  return found.result();
}

/**
 * What depends on how the two logs of a partition were interleaved and how often something was folded again; `isFinal`
 * besides, until the log has gone past all that can still change.
 */
export const PASSING: ReadonlySet<string> = new Set(['version', 'appendTime']);
export const PASSING_BEFORE_THE_END: ReadonlySet<string> = new Set([...PASSING, 'isFinal']);
/** A fold over one topic says the same, byte by byte, whoever folds. */
export const NOTHING_PASSING: ReadonlySet<string> = new Set();

/** Of each key the last word, but for fields that are passing. */
export function compareUpserts(expected: Upserts, said: Upserts, passing: ReadonlySet<string>): Comparison {
  const found = createDifferences();
  for (const [key, record] of expected) {
    const other = said.get(key);
    const difference = other === undefined ? 'nothing was said' : firstDifference(record, other, passing);
    if (difference === undefined) found.same();
    else found.differs(`${key}: ${difference}`);
  }
  for (const key of said.keys()) if (!expected.has(key)) found.differs(`${key} was said and is not expected`);
  return found.result();
}

/** The state of every profile, numbers to 1e-9; `storedOf` answers undefined where nothing is stored. */
export function compareStates(
  expected: ReadonlyMap<string, unknown>,
  storedOf: (key: string) => unknown,
): Comparison {
  const found = createDifferences();
  for (const [key, state] of expected) {
    const difference = firstDifference(state, storedOf(key));
    if (difference === undefined) found.same();
    else found.differs(`${key}: ${difference}`);
  }
  return found.result();
}
