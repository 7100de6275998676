/** Port: what a keyed fold knows of one partition, always one with its positions in the logs. */
import type { EpochMs } from '../../domain/time.ts';

/** How far a fold has read one topic of its partition. */
export interface LogPosition {
  /** Next offset to be read. */
  readonly next: number;
  /** Highest raw offset taken; -1 before the first. */
  readonly rawHigh: number;
  /** Append time of the last record taken; 0 before the first. */
  readonly logTime: EpochMs;
}

/** By topic; a topic that nothing was read of is absent. */
export type LogPositions = Readonly<Record<string, LogPosition>>;

export interface KeyedEntry<S> {
  readonly state: S;
  /** Log time at which the key is to be woken. */
  readonly wakeAt?: EpochMs;
}

/** A timer that was set: whether it still stands, the key's entry says. */
export interface Timer {
  readonly time: EpochMs;
  readonly key: string;
}

export interface KeyedCommit<S> {
  /** As `open` answered: whoever opened the partition later has taken it over. */
  readonly epoch: number;
  readonly positions: LogPositions;
  /** Undefined forgets the key. */
  readonly entries: ReadonlyMap<string, KeyedEntry<S> | undefined>;
}

/** Where whoever opened a partition goes on. */
export interface Opened {
  readonly positions: LogPositions;
  readonly epoch: number;
  /** Whether the state is older than what was known already, for lack of a checkpoint that can be read. */
  readonly isOlder?: boolean;
}

/** Who opens a partition because the group gave it the partition. */
export interface Turn {
  /** Whether the group has given it to another meanwhile. */
  readonly isOver?: (() => boolean) | undefined;
}

export interface KeyedPartition<S> {
  /**
   * Takes the partition over, under the next epoch: commits of earlier ones are refused from now on. Throws STATE_MOVED
   * where the turn is over once the owner before was waited for.
   */
  open(turn?: Turn): Promise<Opened>;
  get(key: string): KeyedEntry<S> | undefined;
  /** Timers in order of time, then key, after one of time `after` (exclusive) up to `until` (inclusive). */
  timers(after: EpochMs, until: EpochMs): readonly Timer[];
  /** The earliest timer's time after `after`; Infinity when there is none. */
  nextTimer(after: EpochMs): EpochMs;
  /** One atomic write. Throws STATE_MOVED, having written nothing, when another has opened the partition since. */
  commit(commit: KeyedCommit<S>): Promise<void>;
  /** The next epoch for whoever has the partition under `epoch`. Throws STATE_MOVED when another has opened it since. */
  renew(epoch: number): Promise<number>;
  /** The next checkpoint is written whole, so that what was forgotten is in none any more. Absent where there are none. */
  rebase?(): void;
  /** Whether another is known here to have taken the partition since it was opened. Absent where a commit alone tells. */
  isTaken?(): boolean;
  /** After the last commit: does what lets another owner go on sooner. Never fails; not to do it loses nothing. */
  release(): Promise<void>;
}

export interface KeyedStates<S> {
  partition(partition: number): KeyedPartition<S>;
  /** Waits for commits under way. */
  close(): Promise<void>;
}

/** Read access from another process of the machine. */
export interface KeyedReader<S> {
  /** The state of a key as last committed; undefined where there is none. */
  get(key: string): S | undefined;
  /** The same in an object; undefined where the key's partition has no state of the version that is read. */
  find(key: string): { readonly state: S | undefined } | undefined;
  close(): Promise<void>;
}
