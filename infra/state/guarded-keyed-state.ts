/** State of a keyed fold, with torn files discarded before they are opened and remembered when they are met. */
import type { LocalKeyedStates } from './local-keyed-state.ts';
import { createGuard, type OnDiscarded } from './guard.ts';

/** `dir` as given to the states. A partition that begins without state folds its topics again from their start. */
export function guardKeyedStates<S>(
  states: LocalKeyedStates<S>,
  dir: string,
  onDiscarded: OnDiscarded,
): LocalKeyedStates<S> {
  const { now, soon } = createGuard(dir, onDiscarded);
  return {
    partition(partition) {
      const inner = states.partition(partition);
      return {
        ...inner,
        head: () => soon(partition, () => inner.head()),
        open: (at) => soon(partition, () => inner.open(at)),
        get: (key) => now(partition, () => inner.get(key)),
        timers: (after, until) => now(partition, () => inner.timers(after, until)),
        nextTimer: (after) => now(partition, () => inner.nextTimer(after)),
        commit: (commit) => soon(partition, () => inner.commit(commit)),
        renew: (epoch, next) => soon(partition, () => inner.renew(epoch, next)),
        restore: (head, fill) => soon(partition, () => inner.restore(head, fill)),
      };
    },
    close: () => states.close(),
  };
}
