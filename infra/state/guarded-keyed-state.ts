/** State of a keyed fold, with torn files discarded before they are opened and remembered when they are met. */
import type { KeyedStates } from './keyed-state.ts';
import { createGuard, type OnDiscarded } from './guard.ts';

/** `dir` as given to the states. A partition that begins without state folds its topics again from their start. */
export function guardKeyedStates<S>(
  states: KeyedStates<S>,
  dir: string,
  onDiscarded: OnDiscarded,
): KeyedStates<S> {
  const { now, soon } = createGuard(dir, onDiscarded);
  return {
    partition(partition) {
      const inner = states.partition(partition);
      return {
        ...inner,
        open: () => soon(partition, () => inner.open()),
        get: (key) => now(partition, () => inner.get(key)),
        timers: (after, until) => now(partition, () => inner.timers(after, until)),
        nextTimer: (after) => now(partition, () => inner.nextTimer(after)),
        commit: (commit) => soon(partition, () => inner.commit(commit)),
      };
    },
    close: () => states.close(),
  };
}
