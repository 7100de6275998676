/**
 * What counting must remember of a clean partition: who has used up a cap in the current window of append time, and which
 * plays were proven lately. It is a function of the fresh records since `neededSince`, so it can be rebuilt from there.
 */
import { hashProfile } from './hash.ts';
import {
  bitOf,
  CAPPED_AFTER,
  IMPRESSIONS,
  isProof,
  PLAYS,
  QUALIFIED_PLAYS,
  SECONDS_VIEWED,
  type Counted,
  type CountedRecord,
  type MeasureLimits,
} from './measures.ts';
import { createProfileTable, NO_PROFILES, type ProfileColumns } from './profile-table.ts';
import type { EpochMs } from './time.ts';

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
  /** What the next fresh record of the partition counts for. */
  take(record: CountedRecord): Counted;
  columns(): MemoryColumns;
}

/** From which append time on a memory must have seen everything, to be exact for what comes after `logTime`. */
export function neededSince(logTime: EpochMs, { capWindowMs, qualifyWindowMs }: MeasureLimits): EpochMs {
  const window = Math.floor(logTime / capWindowMs) * capWindowMs;
  return Math.max(0, Math.min(window, logTime - qualifyWindowMs));
}

const PROOF_SALT = 0;
const START = bitOf(PLAYS);
const STOP = bitOf(SECONDS_VIEWED);
const SEEN = bitOf(IMPRESSIONS);
const PROVEN = bitOf(QUALIFIED_PLAYS);

/** `timeOf` says at which time a record stands in the windows. */
export function createMeasureMemory(
  limits: MeasureLimits,
  start: MemoryColumns = NO_MEMORY,
  timeOf: (record: CountedRecord) => EpochMs = (record) => record.appendTime,
): MeasureMemory {
  const { capCount, capWindowMs, qualifyWindowMs } = limits;
  let { capWindow } = start;
  let windowEnd = (capWindow + 1) * capWindowMs;
  let now = 0;
  const caps = createProfileTable(start.caps);
  const proofs = createProfileTable(start.proofs, (provenAt) => now - (provenAt - 1) <= qualifyWindowMs);

  const isWithinCap = (profileHash: number, record: CountedRecord, measure: number): boolean =>
    caps.addUpTo(profileHash, record.titleId, measure + 1, capCount);

  const isFirstProof = (profileHash: number, record: CountedRecord): boolean => {
    const before = proofs.swap(profileHash, record.playId!, PROOF_SALT, now + 1);
    return before === 0 || now - (before - 1) > qualifyWindowMs;
  };

  return {
    take(record) {
      const raw = rawOf(record);
      const proof = isProof(record);
      if (raw === 0 && !proof) return 0;
      now = timeOf(record);
      if (now >= windowEnd) {
        capWindow = Math.floor(now / capWindowMs);
        windowEnd = (capWindow + 1) * capWindowMs;
        caps.clear();
      }
      const profileHash = hashProfile(record.profileId);
      let counted = raw;
      if (raw !== 0) {
        const measure = 31 - Math.clz32(raw);
        if (isWithinCap(profileHash, record, measure)) counted |= bitOf(measure + CAPPED_AFTER);
      }
      if (proof && isFirstProof(profileHash, record)) {
        counted |= PROVEN;
        if (isWithinCap(profileHash, record, QUALIFIED_PLAYS))
          counted |= bitOf(QUALIFIED_PLAYS + CAPPED_AFTER);
      }
      return counted;
    },
    columns: () => ({ capWindow, caps: caps.columns(), proofs: proofs.columns() }),
  };
}

/** What the record counts for whatever came before it. */
function rawOf({ kind, origin }: CountedRecord): Counted {
  if (kind === 'play_start') return START;
  if (kind === 'play_stop') return STOP;
  // What a server inferred from its own answer was not seen by anyone.
  return kind === 'impression' && origin !== 'synthetic' ? SEEN : 0;
}
