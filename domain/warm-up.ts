/**
 * Builds what counting must remember at an offset from the log before it. Begins with a memory that stood at an earlier
 * offset, or with nothing at the first record appended at or after `neededSince`.
 */
import type { Offset } from './blocks.ts';
import { createMeasureMemory, NO_MEMORY, type MemoryColumns } from './measure-memory.ts';
import type { CountedRecord, MeasureLimits } from './measures.ts';
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
  /** The next record of the log; an undecodable one passes as undefined. */
  take(offset: Offset, record: CountedRecord | undefined): void;
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
  return {
    take(offset, record) {
      // What the log lost in between nobody remembers.
      if (offset !== position) knownSince = NOT_YET;
      position = offset + 1;
      if (record === undefined || record.appendTime < usefulSince) return;
      if (!rules.isFresh(rawHigh, record.rawOffset)) return;
      rawHigh = record.rawOffset;
      if (knownSince === NOT_YET) knownSince = record.appendTime + 1;
      memory.take(record);
    },
    finish: (logTime) => ({
      logTime,
      // Whoever saw nothing knows of what comes after the last record at least.
      knownSince: knownSince === NOT_YET ? logTime + 1 : knownSince,
      memory: memory.columns(),
    }),
  };
}
