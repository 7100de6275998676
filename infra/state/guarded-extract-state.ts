/** The extractor's state, with torn files discarded before they are opened and remembered when they are met. */
import type { LmdbExtractState } from './lmdb-extract-state.ts';
import { createGuard, type OnDiscarded } from './guard.ts';

/** `dir` as given to the state. A partition that begins without state decides the raw log again. */
export function guardExtractState(
  state: LmdbExtractState,
  dir: string,
  onDiscarded: OnDiscarded,
): LmdbExtractState {
  const { now, soon } = createGuard(dir, onDiscarded);
  const { completions } = state;
  return {
    ...state,
    load: (partition) => soon(partition, () => state.load(partition)),
    standsAt: (partition) => now(partition, () => state.standsAt(partition)),
    lastSeen: (partition, key) => now(partition, () => state.lastSeen(partition, key)),
    isSettled: (partition, rawOffset) => now(partition, () => state.isSettled(partition, rawOffset)),
    commit: (partition, commit) => soon(partition, () => state.commit(partition, commit)),
    completions: {
      count: (partition) => now(partition, () => completions.count(partition)),
      after: (partition, rawOffset, limit) =>
        now(partition, () => completions.after(partition, rawOffset, limit)),
      forget: (partition, rawOffsets) => soon(partition, () => completions.forget(partition, rawOffsets)),
    },
  };
}
