/**
 * Builds what counting must remember at an offset from the log before it. Begins with a memory that stood at an earlier
 * offset, or with nothing at the first record appended at or after `neededSince`.
 */
import type { Offset } from './blocks.ts';
import { ROW_KIND, type CountedColumns } from './counted-columns.ts';
import { createMeasureMemory, NO_MEMORY, type MemoryColumns } from './measure-memory.ts';
import type { MeasureLimits } from './measures.ts';
import type { SeamRules } from './seam.ts';
import { NOT_YET, type FoldCheckpoint, type StartKnowledge } from './speed-fold.ts';
import type { EpochMs } from './time.ts';

export interface WarmUpStart {
  /** First offset that `take` is given. */
  readonly position: Offset;
  readonly rawHigh: Offset;
  readonly knownSince: EpochMs;
  readonly memory: MemoryColumns;
  /** Records appended before this are of no use: repeats from before the first record. */
  readonly usefulSince: EpochMs;
}

export interface WarmUp {
  /** The next records of the log. */
  take(columns: CountedColumns): void;
  /** What is known at the end; `logTime` is that of the last record before it. */
  finish(logTime: EpochMs): StartKnowledge;
}

/** From where another fold of the same log stood. */
export const warmFromCheckpoint = ({
  position,
  rawHigh,
  knownSince,
  memory,
}: FoldCheckpoint): WarmUpStart => ({
  ...{ position, rawHigh, knownSince, memory },
  usefulSince: 0,
});

/** From the log alone; `reachesBack` says whether it still holds everything appended at or after `since`. */
export const warmFromLog = (position: Offset, since: EpochMs, reachesBack: boolean): WarmUpStart => ({
  position,
  rawHigh: -1,
  knownSince: reachesBack ? since : NOT_YET,
  memory: NO_MEMORY,
  usefulSince: since,
});

export function createWarmUp(start: WarmUpStart, rules: SeamRules, limits: MeasureLimits): WarmUp {
  const { usefulSince } = start;
  const memory = createMeasureMemory(limits, start.memory, rules.windowTime);
  let { position, rawHigh, knownSince } = start;

  const takeRow = (columns: CountedColumns, i: number): void => {
    const offset = columns.offset[i]!;
    // What the log lost in between nobody remembers.
    if (offset !== position) knownSince = NOT_YET;
    position = offset + 1;
    const appendTime = columns.appendTime[i]!;
    if (columns.kind[i] === ROW_KIND.unreadable || appendTime < usefulSince) return;
    if (!rules.isFresh(rawHigh, columns.rawOffset[i]!)) return;
    rawHigh = columns.rawOffset[i]!;
    if (knownSince === NOT_YET) knownSince = appendTime + 1;
    memory.take(columns, i);
  };

  return {
    take(columns) {
      for (let i = 0; i < columns.size; i++) takeRow(columns, i);
    },
    finish: (logTime) => ({
      logTime,
      // Whoever saw nothing knows of what comes after the last record at least.
      knownSince: knownSince === NOT_YET ? logTime + 1 : knownSince,
      memory: memory.columns(),
    }),
  };
}
