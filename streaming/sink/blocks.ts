/**
 * Buffers of a bounded number of rows, used again and again: one that grew with a whole commit would be copied again and
 * again as it grows, and its memory made and thrown away with every commit.
 */
import type { LakeTable } from '../../infra/lake/tables.ts';
import { createRowBuffer, type RowBuffer } from './row-buffer.ts';

export interface Blocks {
  /** The last of these blocks, or an empty one where that is full. */
  withRoom(blocks: readonly RowBuffer[]): RowBuffer;
  /** Nobody looks at the block any more. */
  giveBack(block: RowBuffer): void;
}

/** As many rows as DuckDB takes at a time. */
export const BLOCK_ROWS = 2048;

export interface BlockLimits {
  readonly rows: number;
  /** Memory of blocks that wait to be used again. */
  readonly maxSpareBytes: number;
}

export function createBlocks(table: LakeTable, { rows, maxSpareBytes }: BlockLimits): Blocks {
  const spare: RowBuffer[] = [];
  let spareBytes = 0;
  return {
    withRoom(blocks) {
      const last = blocks.at(-1);
      if (last !== undefined && last.rowCount() < rows) return last;
      const block = spare.pop();
      if (block === undefined) return createRowBuffer(table);
      spareBytes -= block.heldBytes();
      return block;
    },
    giveBack(block) {
      const bytes = block.heldBytes();
      if (spareBytes + bytes > maxSpareBytes) return;
      block.clear();
      spare.push(block);
      spareBytes += bytes;
    },
  };
}
