/**
 * Ports: what folds know of profiles, for whoever serves it. The state itself stays with the process that folds, in one
 * transaction with its positions in the logs (infra/state); serving reads it there, or copies of it elsewhere.
 */
import type { ProfileId } from '../../domain/ids.ts';
import type { LogPositions } from '../state/keyed-state.ts';

/** Whose state: a fold's name and version. State of another version is none. */
export interface FoldId {
  readonly name: string;
  readonly version: number;
}

/** Orders what is said of a profile: a later owner's word is above an earlier one's, and a later commit above those before. */
export interface Stamp {
  readonly epoch: number;
  /** Number of the commit under its epoch, from 0 for what was found at the opening. */
  readonly commit: number;
}

/** Where profiles are read. */
export interface ProfileStore {
  /**
   * What each fold knows of a profile, as last stored, in the order of the folds; undefined for nothing. Throws
   * PROFILES_UNAVAILABLE where the store does not answer, or has nothing of the profile's partition yet. The caller must
   * not change it.
   */
  read(profile: ProfileId, folds: readonly FoldId[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** All that was stored of a partition up to these positions has been copied. */
export interface CopyMark extends Stamp {
  readonly version: number;
  readonly positions: LogPositions;
}

/** Where copies of profiles go. All verbs throw CASSANDRA_UNAVAILABLE, and change nothing when done again. */
export interface ProfileCopies {
  /** Of two writes about a profile the one with the higher stamp stays, in whatever order they come; undefined forgets. */
  write(fold: FoldId, profile: string, state: unknown, stamp: Stamp): Promise<void>;
  /** The same order holds among marks of a partition. */
  mark(fold: FoldId, partition: number, mark: Omit<CopyMark, 'version'>): Promise<void>;
  /** The mark with the highest stamp, of whatever version. */
  markOf(fold: FoldId, partition: number): Promise<CopyMark | undefined>;
}
