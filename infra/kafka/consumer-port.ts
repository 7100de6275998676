/** How a stage reads the log when it keeps its own positions, stored with its state. */
import { MarqueeError } from '../../domain/errors.ts';

export interface LogRecord {
  readonly offset: number;
  /** Milliseconds; the broker's append time on topics stamped `LogAppendTime`. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/**
 * The records of a batch without an object for each; all arrays have `count` entries, in the order of the log. A key or a
 * value lies in `bytes` from its start (inclusive) to its end (exclusive); both are −1 where it is null. To keep a value
 * is to keep all of `bytes`, the whole answer of the broker: copy what is kept for long.
 */
export interface LogColumns {
  readonly count: number;
  readonly offsets: Float64Array;
  /** As `LogRecord.timestamp`. */
  readonly timestamps: Float64Array;
  readonly bytes: Buffer;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
}

/** Consecutive records of one partition, never empty. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  /** Made when first asked for: what is read in columns costs nothing here. */
  readonly records: readonly LogRecord[];
  /** The same records in columns; made once. */
  columns(): LogColumns;
  /**
   * Says that nothing of `columns().bytes` is looked at from now on: its memory may hold another answer. Who copied out
   * what is needed saves most of what reading costs by it. Without effect once `records` were asked for.
   */
  release(): void;
  /** The offset after the partition's last record when the batch was fetched. */
  readonly highWatermark: number;
  /**
   * True once this owner may have lost the partition: what it does from now on may be done by another as well. Also after
   * a wake from a pause longer than the session timeout, whether or not the group has noticed. Never false again.
   */
  isStale(): boolean;
}

/** What a handler throws that gives a partition up: retryable, so that its position is asked for again. */
export const takenAway = (topic: string, partition: number): MarqueeError =>
  new MarqueeError('LOG_UNAVAILABLE', { reason: `${topic}/${partition} may have another owner` });

/** Records `expected` (inclusive) to `found` (exclusive) were not in the log any more. */
export interface LogGap {
  readonly topic: string;
  readonly partition: number;
  readonly expected: number;
  readonly found: number;
}

/** Every call names a topic and a partition; calls about one partition never overlap. */
export interface LogHandlers {
  /**
   * The partition is ours: answers where to read from, undefined for the log's start, or 'skip' to leave it unread. A
   * position before the log's start begins at the start and is told to `onGap`; one past its end is LOG_TRUNCATED,
   * which closes the consumer. Once `isOver` says that the group has given it away meanwhile, nothing need be begun any
   * more, and what is thrown fails nothing.
   */
  onAssigned(topic: string, partition: number, isOver: () => boolean): Promise<number | 'skip' | undefined>;
  /**
   * The partition is ours no longer, after its last batch has settled. Also on every rebalance and at stop. Follows every
   * `onAssigned` exactly once, also one that failed or answered 'skip': what it had begun by then is to be let go.
   */
  onRevoked(topic: string, partition: number): Promise<void> | void;
  /**
   * Batches of one partition come one after the other; those of different partitions at the same time. To return is to
   * say that the whole batch was taken; an owner that gives up midway, because the batch is stale, throws a retryable
   * error. Either way a batch that was stale in the end is not moved past: the owner is asked for its position again.
   */
  onBatch(batch: LogBatch): Promise<void>;
  onGap?(gap: LogGap): void;
}

export interface LogConsumer {
  /** Tells Kafka how far the group has read, for lag monitors alone; sent within a second. */
  commit(topic: string, partition: number, nextOffset: number): void;
  /**
   * The owner found the partition taken by another without a batch that could say so: positions are asked for again, as
   * after such a batch. Nothing happens where the group is changing hands already.
   */
  askAgain(topic: string, partition: number): void;
  /** Resolves after `stop`; rejects with what ended the consumer when it could not go on. */
  readonly closed: Promise<void>;
  /** Lets batches under way settle, gives every partition back, leaves the group. */
  stop(): Promise<void>;
}
