/** Rows of a side in blocks: which there are, which are a shard's, and all of them together. */
import type { ShardStep, TrainingSide } from '../training-work.ts';
import { refuse } from './settings.ts';
import type { WorkFiles, WorkPlan } from './work-files.ts';

export interface BlockRange {
  readonly block: number;
  /** Rows [from, to) of the side. */
  readonly from: number;
  readonly to: number;
}

const READS_AT_ONCE = 8;

export const rangesOf = (bounds: readonly number[]): readonly BlockRange[] =>
  bounds.slice(1).map((to, block) => ({ block, from: bounds[block]!, to }));

/** The blocks of a shard; those of all shards together are each block once. */
export function blocksOf({ side, shard, shards }: ShardStep, { blocks }: WorkPlan): readonly BlockRange[] {
  const ranges = rangesOf(blocks[side]);
  const at = (share: number): number => Math.floor((ranges.length * share) / shards);
  return ranges.slice(at(shard), at(shard + 1));
}

/** All factors of a side as an iteration left them. MODEL_INPUT_INVALID where a block is not solved yet. */
export async function readSide(
  files: WorkFiles,
  { blocks, settings }: WorkPlan,
  { side, iteration }: { readonly side: TrainingSide; readonly iteration: number },
  afterReads: () => void = () => undefined,
): Promise<Float32Array> {
  const { factors } = settings;
  const ranges = rangesOf(blocks[side]);
  const values = new Float32Array(blocks[side].at(-1)! * factors);
  const read = async ({ block, from, to }: BlockRange): Promise<void> => {
    const found = await files.findFactors({ side, iteration, block }, (to - from) * factors);
    if (found === undefined) refuse(`block ${block} of ${side} is not solved in iteration ${iteration} yet`);
    values.set(found, from * factors);
  };
  for (let first = 0; first < ranges.length; first += READS_AT_ONCE) {
    const results = await Promise.allSettled(ranges.slice(first, first + READS_AT_ONCE).map(read));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    afterReads();
  }
  return values;
}
