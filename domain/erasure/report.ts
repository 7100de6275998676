/** What an erasure says of itself: while it runs, and for good. Nothing here names the profile. */
import { MarqueeError } from '../errors.ts';

/** What is done one after the other; each may be begun again after a crash. */
export const ERASURE_PHASES = [
  'marking',
  'draining',
  'lake',
  'views',
  'letters',
  'grace',
  'snapshots',
  'topics',
  'auditing',
  'done',
] as const;
export type ErasurePhase = (typeof ERASURE_PHASES)[number];

/** Answer to the query `progress`. */
export interface ErasureProgress {
  readonly id: string;
  readonly phase: ErasurePhase;
  /** What it waits for, in words: who has not come far enough yet, or where something was still found. */
  readonly waitsFor: readonly string[];
  /** ISO instants. */
  readonly requestedAt: string;
  readonly deadline: string;
  /** Rows that were put under the surrogate so far, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** A place where something of the profile is, and how much. */
export interface ErasureFinding {
  /** `lake/plays`, `checkpoint/watching/3`, `view/profile-rows/12`, `topic/plays`. */
  readonly place: string;
  readonly found: number;
  /** What was found: `id`, or in which other shape it was: `hash`, `base64`. */
  readonly as: string;
}

export interface ErasureAudit {
  /** How much was read, by kind of place: rows, keys, records or objects. */
  readonly read: Readonly<Record<string, number>>;
  readonly findings: readonly ErasureFinding[];
}

export interface TableErasure {
  readonly table: string;
  readonly rows: number;
  /** Files that were written anew. */
  readonly files: number;
}

export interface ErasureReport {
  readonly id: string;
  readonly outcome: 'done' | 'overdue' | 'dry-run';
  /** ISO instants. */
  readonly requestedAt: string;
  readonly endedAt: string;
  readonly deadline: string;
  readonly tables: readonly TableErasure[];
  readonly snapshotsExpired: number;
  readonly filesRemoved: number;
  readonly versionsReplaced: number;
  readonly recordsTrimmed: number;
  readonly lettersRewritten: number;
  readonly audit: ErasureAudit;
}

/** Throws CHECKPOINT_CORRUPT, naming `key`. */
export function parseErasureReport(text: string, key: string): ErasureReport {
  try {
    return JSON.parse(text) as ErasureReport;
  } catch (error) {
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'it is not JSON' }, { cause: error });
  }
}
