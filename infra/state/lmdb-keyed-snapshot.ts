/** State of a partition as of one commit, read as it is encoded from a transaction that later commits leave alone. */
import type { EncodedEntry, KeyedSnapshot } from './local-keyed-state.ts';
import { AT, STRUCTURES, type Store } from './lmdb-keyed-store.ts';
import type { Timer } from './keyed-state.ts';

/** Pages that later commits free are not used again until the snapshot is closed. */
export function takeSnapshot<S>(store: Store<S>): KeyedSnapshot {
  const encoded = store.encoded();
  store.root.resetReadTxn();
  const transaction = store.root.useReadTransaction();
  const at = { transaction };
  const head = store.head.get(AT, at);
  return {
    positions: head?.positions ?? {},
    commits: head?.commits ?? 0,
    structures: encoded.get(STRUCTURES, at),
    value: (key) => encoded.get(key, at),
    *entries() {
      for (const { key, value } of encoded.getRange({ ...at })) {
        if (typeof key === 'string') yield { key, value } satisfies EncodedEntry;
      }
    },
    *timers() {
      for (const [time, key] of store.timers.getKeys({ ...at })) yield { time, key } satisfies Timer;
    },
    close: () => transaction.done(),
  };
}
