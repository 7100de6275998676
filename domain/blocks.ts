/** Blocks cut a partition of a clean topic into runs of B offsets; B is a power of two, fixed for a topic generation. */
export type Offset = number;
export type Block = number;

export const blockOf = (offset: Offset, blockSize: number): Block => Math.floor(offset / blockSize);
/** First offset of a block. */
export const blockStart = (block: Block, blockSize: number): Offset => block * blockSize;
/** First offset past a block. */
export const blockEnd = (block: Block, blockSize: number): Offset => (block + 1) * blockSize;

/**
 * The cut of a partition: a view that has read up to and including `maxOffset` counts the rows below the cut, always a
 * block boundary. `maxOffset` is -1 for an empty partition.
 */
export const cutOf = (maxOffset: Offset, blockSize: number): Offset =>
  Math.floor((maxOffset + 1) / blockSize) * blockSize;
