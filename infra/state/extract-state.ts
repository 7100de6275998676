/** Port: the extractor's state of one raw partition, always one with its position in the log. */
import type { EpochMs } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';

export interface ExtractPosition {
  /** Next raw offset to be read. */
  readonly position: number;
  /** The log's time there. */
  readonly logTime: EpochMs;
}

export interface ExtractCommit extends ExtractPosition {
  /** Where the state stood when this was worked out; null before the first commit. */
  readonly expected: number | null;
  /** Keys sighted since, with log time. */
  readonly seen: ReadonlyMap<string, EpochMs>;
  /** Raw offsets of dead letters whose redriven event was accepted since; kept for ever, one a letter at most. */
  readonly settled?: readonly number[];
  /** Sightings before this log time can be forgotten. */
  readonly forgetBefore: EpochMs;
  /** Records that went out without an answer of the profile service. */
  readonly pending?: readonly PendingCompletion[];
}

/** A clean record that the profile service was not there for: what completes it later is a record of its own. */
export interface PendingCompletion {
  readonly rawOffset: number;
  readonly topic: CleanTopic;
  readonly eventId: string;
  readonly profileId: string;
  readonly appendTime: EpochMs;
}

export interface ExtractState {
  load(partition: number): Promise<ExtractPosition | undefined>;
  /** Next raw offset of the stored state as it is now; null where there is none. */
  standsAt(partition: number): number | null;
  lastSeen(partition: number, key: string): EpochMs | undefined;
  isSettled(partition: number, rawOffset: number): boolean;
  /** One atomic write. Throws STATE_MOVED, having written nothing, when the state does not stand at `expected`. */
  commit(partition: number, commit: ExtractCommit): Promise<void>;
}

/** Port: records that wait for their completion, written with `ExtractCommit.pending`. */
export interface PendingCompletions {
  count(partition: number): number;
  /** Those above a raw offset, in raw order. */
  after(partition: number, rawOffset: number, limit: number): PendingCompletion[];
  forget(partition: number, rawOffsets: readonly number[]): Promise<void>;
}
