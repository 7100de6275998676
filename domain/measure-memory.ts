/**
 * What counting must remember of a clean partition: who has used up a cap in the current window of append time, and which
 * plays were proven lately. It is a function of the fresh records since `neededSince`, so it can be rebuilt from there.
 */
import { ROW_KIND, type CountedColumns } from './counted-columns.ts';
import { mix32 } from './hash.ts';
import {
  bitOf,
  CAPPED_AFTER,
  IMPRESSIONS,
  isQualified,
  PLAYS,
  QUALIFIED_PLAYS,
  SECONDS_VIEWED,
  type Counted,
  type MeasureLimits,
} from './measures.ts';
import { createProfileTable, NO_PROFILES, type ProfileColumns } from './profile-table.ts';
import type { EpochMs } from './time.ts';

/** Raised whenever the keys of a memory are hashed in another way: one of another version says nothing. */
export const MEMORY_VERSION = 2;

/** A memory as plain data. */
export interface MemoryColumns {
  /** Index of the tumbling window that `caps` counts in. */
  readonly capWindow: number;
  readonly caps: ProfileColumns;
  /** When each play was last proven: append time + 1. */
  readonly proofs: ProfileColumns;
}

export const NO_MEMORY: MemoryColumns = { capWindow: -1, caps: NO_PROFILES, proofs: NO_PROFILES };

export interface MeasureMemory {
  /** What row `i` counts for, as the next fresh record of the partition. */
  take(columns: CountedColumns, i: number): Counted;
  /**
   * Looks ahead at what rows [from, to) will need. Looking a profile up waits for memory most of the time; looks that do
   * not depend on one another wait together.
   */
  lookAhead(columns: CountedColumns, from: number, to: number): void;
  columns(): MemoryColumns;
}

/** From which append time on a memory must have seen everything, to be exact for what comes after `logTime`. */
export function neededSince(logTime: EpochMs, { capWindowMs, qualifyWindowMs }: MeasureLimits): EpochMs {
  const window = Math.floor(logTime / capWindowMs) * capWindowMs;
  return Math.max(0, Math.min(window, logTime - qualifyWindowMs));
}

const START = bitOf(PLAYS);
const STOP = bitOf(SECONDS_VIEWED);
const SEEN = bitOf(IMPRESSIONS);
const PROVEN = bitOf(QUALIFIED_PLAYS);

/** What a row counts for whatever came before it, by its kind. */
const RAW_OF = new Uint8Array(Object.keys(ROW_KIND).length);
RAW_OF[ROW_KIND.start] = START;
RAW_OF[ROW_KIND.stop] = STOP;
RAW_OF[ROW_KIND.impression] = SEEN;

/** At which time a record stands in the windows. */
export type WindowTime = (appendTime: EpochMs, eventTime: EpochMs) => EpochMs;

export function createMeasureMemory(
  limits: MeasureLimits,
  start: MemoryColumns = NO_MEMORY,
  timeOf: WindowTime = (appendTime) => appendTime,
): MeasureMemory {
  const { capCount, capWindowMs, qualifyWindowMs } = limits;
  let { capWindow } = start;
  let windowEnd = (capWindow + 1) * capWindowMs;
  let now = 0;
  const seen = new Uint32Array(1);
  const caps = createProfileTable(start.caps);
  const proofs = createProfileTable(start.proofs, (provenAt) => now - (provenAt - 1) <= qualifyWindowMs);

  const capLow = (columns: CountedColumns, i: number, measure: number): number =>
    mixed(columns.profileLow[i]! ^ Math.imul(columns.titles.low(columns.title[i]!), 0x85ebca6b), measure + 1);

  const isWithinCap = (columns: CountedColumns, i: number, measure: number): boolean => {
    const { titles } = columns;
    const title = columns.title[i]!;
    const low = capLow(columns, i, measure);
    const high = mixed(columns.profileHigh[i]! ^ Math.imul(low, 0x9e3779b1), titles.high(title));
    return caps.addUpTo(low, high, capCount);
  };

  const isFirstProof = (columns: CountedColumns, i: number): boolean => {
    const low = mixed(columns.profileLow[i]! ^ Math.imul(columns.playLow[i]!, 0x85ebca6b), 0);
    const high = mixed(columns.profileHigh[i]! ^ Math.imul(low, 0x9e3779b1), columns.playHigh[i]!);
    const before = proofs.swap(low, high, now + 1);
    return before === 0 || now - (before - 1) > qualifyWindowMs;
  };

  return {
    take(columns, i) {
      const raw = RAW_OF[columns.kind[i]!]!;
      const proof = isProof(columns, i);
      if (raw === 0 && !proof) return 0;
      now = timeOf(columns.appendTime[i]!, columns.eventTime[i]!);
      if (now >= windowEnd) {
        capWindow = Math.floor(now / capWindowMs);
        windowEnd = (capWindow + 1) * capWindowMs;
        caps.clear();
      }
      let counted = raw;
      if (raw !== 0) {
        const measure = 31 - Math.clz32(raw);
        if (isWithinCap(columns, i, measure)) counted |= bitOf(measure + CAPPED_AFTER);
      }
      if (proof && isFirstProof(columns, i)) {
        counted |= PROVEN;
        if (isWithinCap(columns, i, QUALIFIED_PLAYS)) counted |= bitOf(QUALIFIED_PLAYS + CAPPED_AFTER);
      }
      return counted;
    },
    lookAhead(columns, from, to) {
      for (let i = from; i < to; i++) {
        const raw = RAW_OF[columns.kind[i]!]!;
        // Kept, since what nobody uses need not be done.
        if (raw !== 0) seen[0]! ^= caps.touch(capLow(columns, i, 31 - Math.clz32(raw)));
      }
    },
    columns: () => ({ capWindow, caps: caps.columns(), proofs: proofs.columns() }),
  };
}

/** An unsigned word of a key, from what tells keys apart. */
const mixed = (a: number, b: number): number => mix32(a ^ Math.imul(b, 0xc2b2ae35));

/** Whether the row shows by itself that its play qualifies: a pause, resume, skip or stop with enough seconds. */
function isProof(columns: CountedColumns, i: number): boolean {
  const kind = columns.kind[i];
  if (kind !== ROW_KIND.stop && kind !== ROW_KIND.pause) return false;
  return columns.hasPlay[i] === 1 && isQualified(columns.viewedSeconds[i]!, columns.runtimeSeconds[i]);
}
