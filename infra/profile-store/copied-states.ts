/** State of a keyed fold whose profiles are copied elsewhere after every commit. */
import type { KeyedStates } from '../state/keyed-state.ts';
import type { Copier } from './copier.ts';

/** How long closing waits for what is not copied yet. */
const PATIENCE_MS = 2000;

export function copyStates<S>(states: KeyedStates<S>, copier: Copier): KeyedStates<S> {
  return {
    ...states,
    partition(partition) {
      const inner = states.partition(partition);
      return {
        ...inner,
        async open(turn) {
          const found = await inner.open(turn);
          copier.opened(partition, found.epoch, found.positions);
          return found;
        },
        async commit(commit) {
          await inner.commit(commit);
          copier.committed(partition, commit);
        },
      };
    },
    async close() {
      await copier.close(PATIENCE_MS);
      await states.close();
    },
  };
}
