/** Which blocks a run compares. */
import { blockOf, type Block } from '../blocks.ts';
import type { CutVector } from '../manifest.ts';
import type { CountedTopic } from '../topics.ts';
import type { BlockRef, PartitionRef } from './block.ts';

/** Up to which block each partition has been compared, by topic and partition; 0 where nothing is known. */
export type Compared = Readonly<Record<CountedTopic, readonly Block[]>>;

/** Blocks [from, to) of a partition. */
export interface BlockRange extends PartitionRef {
  readonly from: Block;
  readonly to: Block;
}

/** What has not been compared and lies below the cut: the lake has read it. */
export function uncompared(compared: Compared, cut: CutVector, blockSize: number): BlockRange[] {
  return Object.keys(compared).flatMap((name) => {
    const topic = name as CountedTopic;
    return (cut[topic] ?? []).flatMap((offset, partition) => {
      const from = compared[topic][partition] ?? 0;
      const to = blockOf(offset, blockSize);
      return from < to ? [{ topic, partition, from, to }] : [];
    });
  });
}

export interface Chosen<T extends BlockRef> {
  readonly blocks: readonly T[];
  readonly compared: Compared;
  /** Blocks before a chosen one that the speed view does not hold as finished by this version of the fold. */
  readonly passedOver: number;
  /** Held blocks that are left to the next run. */
  readonly waiting: number;
}

/**
 * At most `most` of the finished blocks that the speed view holds in these ranges, each partition's in order, the
 * partitions in turns. A block that the speed view lacks is passed over once a later one of its partition is compared:
 * until then its owner may only be behind.
 */
export function chooseBlocks<T extends BlockRef>(
  compared: Compared,
  ranges: readonly BlockRange[],
  held: readonly T[],
  most: number,
): Chosen<T> {
  const lanes = ranges
    .map((range) => ({
      range,
      taken: 0,
      blocks: held
        .filter(({ topic, partition, block }) => isIn(range, { topic, partition, block }))
        .toSorted((x, y) => x.block - y.block),
    }))
    .filter(({ blocks }) => blocks.length > 0);
  let room = most;
  for (let hasMore = true; hasMore && room > 0;) {
    hasMore = false;
    for (const lane of lanes) {
      if (room === 0 || lane.taken === lane.blocks.length) continue;
      lane.taken += 1;
      room -= 1;
      hasMore = true;
    }
  }
  const next: Record<CountedTopic, Block[]> = {
    plays: [...compared.plays],
    impressions: [...compared.impressions],
  };
  let passedOver = 0;
  for (const { range, taken, blocks } of lanes) {
    const last = blocks[taken - 1];
    if (last === undefined) continue;
    for (let p = next[range.topic].length; p < range.partition; p++) next[range.topic][p] = 0;
    next[range.topic][range.partition] = last.block + 1;
    passedOver += last.block + 1 - range.from - taken;
  }
  return {
    blocks: lanes.flatMap(({ blocks, taken }) => blocks.slice(0, taken)),
    compared: next,
    passedOver,
    waiting: lanes.reduce((sum, { blocks, taken }) => sum + blocks.length - taken, 0),
  };
}

const isIn = (range: BlockRange, { topic, partition, block }: BlockRef): boolean =>
  range.topic === topic && range.partition === partition && range.from <= block && block < range.to;
