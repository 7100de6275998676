/**
 * The speed view's messages. The owner of a clean topic-partition publishes, for the block it is in, the cells that
 * changed as *chunks* of absolute totals, one per slot and family, and ends each flush with a *marker*. Both live on a compacted
 * topic; their keys hold the owner's epoch, so a stale owner cannot overwrite what compaction keeps.
 */
import type { Block, Offset } from './blocks.ts';
import type { CellColumns, Digest } from './cells.ts';
import type { DistinctColumns } from './distinct.ts';
import type { RowColumns } from './row-counts.ts';
import type { EpochMs } from './time.ts';
import type { CountedTopic } from './topics.ts';

/** Raised with every change of what the counting fold yields for the same records. */
export const FOLD_VERSION = 2;

/** Where a chunk or marker belongs: one block, as published by one owner. */
export interface BlockEpoch {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly block: Block;
  readonly epoch: number;
}

/** What both messages say of the records they cover: offsets [from, to), folded by one version of the fold. */
export interface Coverage {
  readonly from: Offset;
  readonly to: Offset;
  readonly foldVersion: number;
}

/** What a block's chunks hold, each kind in chunks of its own. */
export interface FamilyColumns {
  readonly cells: CellColumns;
  readonly rows: RowColumns;
  readonly distinct: DistinctColumns;
}

export const FAMILIES = ['cells', 'rows', 'distinct'] as const;
export type Family = (typeof FAMILIES)[number];

/** Columns of one family. */
export type FamilyPart = {
  [F in Family]: { readonly family: F; readonly columns: FamilyColumns[F] };
}[Family];

/** All that one family holds of one slot of the block (slot = hash of the title), as of `to`. */
export type Chunk = BlockEpoch & Coverage & { readonly type: 'chunk'; readonly slot: number } & FamilyPart;

/** What had been taken of the log at some offset: with the measure memory, all that a fold needs to go on from there. */
export interface Taken {
  /** Highest raw offset. */
  readonly rawHigh: Offset;
  /** Append time of that record; 0 before the first. */
  readonly logTime: EpochMs;
}

/**
 * Ends a flush: the block's chunks, of all families, now hold `entries` entries with this digest, from `events` records
 * that counted.
 */
export interface Marker extends BlockEpoch, Coverage, Taken {
  readonly type: 'marker';
  readonly events: number;
  readonly entries: number;
  readonly digest: Digest;
  /** What had been taken where the block starts. */
  readonly before: Taken;
}

export type SpeedMessage = Chunk | Marker;

/** A record of the `speed-view` topic; a null value is a tombstone. */
export interface SpeedRecord {
  readonly key: string;
  readonly value: SpeedMessage | null;
  /** Of a chunk's columns, where whoever made it has worked it out; not part of what is sent. */
  readonly digest?: Digest;
}

/** Which chunk of a block: `3` for slot 3 of the cells, `rows.3` and `distinct.3` for the other families. */
export type ChunkName = string;

export const chunkName = (family: Family, slot: number): ChunkName =>
  family === 'cells' ? String(slot) : `${family}.${slot}`;

/** A key taken apart again; the chunk is null for a marker. */
export interface SpeedKey extends BlockEpoch {
  readonly chunk: ChunkName | null;
}
