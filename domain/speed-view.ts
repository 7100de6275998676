/**
 * The speed view's messages. The owner of a clean topic-partition publishes, for the block it is in, the cells that
 * changed as *chunks* of absolute totals, one per slot, and ends each flush with a *marker*. Both live on a compacted
 * topic; their keys hold the owner's epoch, so a stale owner cannot overwrite what compaction keeps.
 */
import type { Block, Offset } from './blocks.ts';
import type { CellColumns, Digest } from './cells.ts';
import type { CountedTopic } from './topics.ts';

/** Raised with every change of what the counting fold yields for the same records. */
export const FOLD_VERSION = 1;

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

/** All cells of one slot of the block (slot = hash of the title), as of `to`. */
export interface Chunk extends BlockEpoch, Coverage {
  readonly type: 'chunk';
  readonly slot: number;
  readonly cells: CellColumns;
}

/** Ends a flush: the block's chunks now hold `cells` cells with this digest, from `events` records that counted. */
export interface Marker extends BlockEpoch, Coverage {
  readonly type: 'marker';
  readonly events: number;
  readonly cells: number;
  readonly digest: Digest;
  /** Highest raw offset taken up to `to`: with the cells, all that a fold needs to go on from here. */
  readonly rawHigh: Offset;
}

export type SpeedMessage = Chunk | Marker;

/** A record of the `speed-view` topic; a null value is a tombstone. */
export interface SpeedRecord {
  readonly key: string;
  readonly value: SpeedMessage | null;
}

/** A key taken apart again; the slot is null for a marker. */
export interface SpeedKey extends BlockEpoch {
  readonly slot: number | null;
}
