import { cutOf } from '../../domain/blocks.ts';
import type { Generation } from '../../domain/ids.ts';
import type { TableInput } from '../../domain/manifest.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { Lake } from '../../infra/lake/port.ts';

export interface LogShape {
  readonly generation: Generation;
  readonly partitions: number;
  readonly blockSize: number;
}

/**
 * Names the newest snapshot of every counted table and takes the cut from its rows: the last block boundary that the
 * lake has read up to, partition by partition.
 */
export async function planPopularity(
  lake: Pick<Lake, 'snapshot' | 'positions'>,
  { generation, partitions, blockSize }: LogShape,
): Promise<ComputePlan> {
  const inputs: TableInput[] = [];
  const cut: Record<string, number[]> = {};
  for (const topic of COUNTED_TOPICS) {
    const offsets = new Array<number>(partitions).fill(0);
    const snapshotId = await lake.snapshot(topic);
    if (snapshotId !== undefined) {
      inputs.push({ table: topic, snapshotId });
      for (const at of await lake.positions(topic, snapshotId, { generation, partitions })) {
        if (at.generation === generation) offsets[at.partition] = cutOf(at.offset, blockSize);
      }
    }
    cut[topic] = offsets;
  }
  return { inputs, cut, blockSize, generation };
}
