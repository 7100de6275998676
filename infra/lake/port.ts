import type { PackedColumn } from '../duckdb/packed-columns.ts';
import type { LakeTable } from './tables.ts';

/** How far the lake has read one partition of a log. */
export interface LakePosition {
  readonly generation: string;
  readonly partition: number;
  /** Highest offset in the table. */
  readonly offset: number;
  /** Highest raw offset in the table; on `raw_events` the offset. */
  readonly rawOffset: number;
}

/** The partitions that a topic generation has: 0 to `partitions` - 1. */
export interface LogPartitions {
  readonly generation: string;
  readonly partitions: number;
}

/**
 * Values of one column, in the order of the rows; null where a row has none. Timestamps in milliseconds. Packed columns
 * are not copied value by value on their way; plain arrays are for few rows.
 */
export type LakeValues =
  PackedColumn | readonly (number | null)[] | readonly (string | null)[] | readonly (Uint8Array | null)[];

/** Consecutive records of one partition, ascending by offset. */
export interface PartitionRows {
  readonly generation: string;
  readonly partition: number;
  /**
   * A position of the lake that these rows follow on: every record in (follows, last row] is among them, but for
   * repeats that an earlier append skipped. -1 at the start; the last offset of the batch before, where there is one of
   * the same partition in the same append.
   */
  readonly follows: number;
  readonly rowCount: number;
  /** By column name, without region, generation and partition; a column left out is null everywhere. */
  readonly columns: Readonly<Record<string, LakeValues>>;
}

export interface AppendResult {
  readonly appended: number;
  /** Rows left out because the lake had them already, by offset or by raw offset. */
  readonly skipped: number;
  /** Transactions tried, 1 when the first went through. */
  readonly attempts: number;
  /** The lake's positions of the given partitions after the append, one for each batch. */
  readonly positions: readonly LakePosition[];
}

export interface LakeSnapshot {
  readonly id: string;
  readonly sequence: number;
  readonly timestampMs: number;
  /** `append`, `delete`, `overwrite` or `replace`. */
  readonly operation: string;
}

/**
 * The event lake of one region. All verbs may fail with LAKE_UNAVAILABLE, after their bounded retries.
 */
export interface Lake {
  /** Creates the namespace and tables that are not there yet, and columns that tables made by earlier code lack. */
  ensureTables(): Promise<void>;
  /**
   * Appends what the table does not have yet, in one commit: rows above the partition's highest offset whose raw offset
   * is above every raw offset before them. Sent twice, by two writers or after a lost reply, rows still land once.
   * Throws LAKE_CONFLICT when others kept committing in between, LAKE_GAP when the lake ends before `follows`.
   */
  appendExactlyOnce(table: LakeTable, partitions: readonly PartitionRows[]): Promise<AppendResult>;
  /**
   * Positions of every partition that has rows, as of the current snapshot or the one named. With `log`, newest rows are
   * looked at first, and the rest only while a partition of that generation is missing: a position may then be told too
   * low (when the broker's clock went back by an hour), never too high, and other generations may be left out.
   */
  positions(table: LakeTable, snapshotId?: string, log?: LogPartitions): Promise<LakePosition[]>;
  /** The current snapshot's id, or undefined while the table is empty. */
  snapshot(table: LakeTable): Promise<string | undefined>;
  /** The table's snapshots, oldest first. */
  snapshots(table: LakeTable): Promise<LakeSnapshot[]>;
}
