import type { Interactions, SparseRows } from '../../../../batch/models/model.ts';
import { createRandom } from '../../../../domain/random.ts';

/** Some titles that each profile did not watch, with weights of 0.05 to 1. */
export function somewhatPassedOver(interactions: Interactions, seed: number, share = 0.1): SparseRows {
  const random = createRandom(seed);
  const { rowStarts, titles } = interactions;
  const columns: number[] = [];
  const weights: number[] = [];
  const starts = [0];
  for (let profile = 0; profile + 1 < rowStarts.length; profile++) {
    const watched = new Set(interactions.columns.subarray(rowStarts[profile], rowStarts[profile + 1]));
    for (let title = 0; title < titles.length; title++) {
      if (watched.has(title) || !random.chance(share)) continue;
      columns.push(title);
      weights.push(0.05 * (1 + random.below(20)));
    }
    starts.push(columns.length);
  }
  return {
    rowStarts: Uint32Array.from(starts),
    columns: Uint32Array.from(columns),
    weights: Float32Array.from(weights),
  };
}
