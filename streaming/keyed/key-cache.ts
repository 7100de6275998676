/** The keys of a lane that are in memory: those that changed since they were stored, and those used last. */
import type { EpochMs } from '../../domain/time.ts';
import type { KeyedEntry, KeyedPartition } from '../../infra/state/keyed-state.ts';
import { createKeyTable } from './key-table.ts';

/** What is known of a key; changed in place, so that a busy key costs nothing but its fold. */
export interface Slot<S> {
  readonly key: string;
  /** Undefined for a key without state. */
  readonly state: S | undefined;
  readonly wakeAt: EpochMs | undefined;
}

interface OwnSlot<S> {
  readonly key: string;
  state: S | undefined;
  wakeAt: EpochMs | undefined;
  isChanged: boolean;
  /** Used before this one, and after it. */
  older: OwnSlot<S> | undefined;
  newer: OwnSlot<S> | undefined;
}

export interface KeyCache<S> {
  slotOf(key: string): Slot<S>;
  change(slot: Slot<S>, state: S | undefined, wakeAt: EpochMs | undefined): void;
  /** Entries that wait to be stored. */
  changed(): ReadonlyMap<string, KeyedEntry<S> | undefined>;
  /** What had changed is stored now; keys that were not used for longest are let go. */
  stored(): void;
  /** Whether more keys are held than memory is meant for, so that they should be stored. */
  isFull(): boolean;
  clear(): void;
}

/** After a store, `capacity` keys are kept. */
export function createKeyCache<S>(states: Pick<KeyedPartition<S>, 'get'>, capacity: number): KeyCache<S> {
  const slots = createKeyTable<OwnSlot<S>>();
  /** Ends of the list of slots in the order in which they came or were stored. */
  let [oldest, newest]: (OwnSlot<S> | undefined)[] = [];
  let waiting: OwnSlot<S>[] = [];
  /** What was asked for last: events of a profile come several at a time. */
  let last: OwnSlot<S> | undefined;

  const append = (slot: OwnSlot<S>): void => {
    slot.older = newest;
    slot.newer = undefined;
    if (newest === undefined) oldest = slot;
    else newest.newer = slot;
    newest = slot;
  };

  const takeOut = ({ older, newer }: OwnSlot<S>): void => {
    if (older === undefined) oldest = newer;
    else older.newer = newer;
    if (newer === undefined) newest = older;
    else newer.older = older;
  };

  return {
    slotOf(key) {
      if (last?.key === key) return last;
      const known = slots.get(key);
      if (known !== undefined) return (last = known);
      const found = states.get(key);
      const slot: OwnSlot<S> = {
        ...{ key, state: found?.state, wakeAt: found?.wakeAt, isChanged: false },
        ...{ older: undefined, newer: undefined },
      };
      slots.add(slot);
      append(slot);
      return (last = slot);
    },
    change(slot, state, wakeAt) {
      const own = slot as OwnSlot<S>;
      own.state = state;
      own.wakeAt = state === undefined ? undefined : wakeAt;
      if (own.isChanged) return;
      own.isChanged = true;
      waiting.push(own);
    },
    changed: () =>
      new Map(
        waiting.map(({ key, state, wakeAt }) => [
          key,
          state === undefined ? undefined : { state, ...(wakeAt === undefined ? {} : { wakeAt }) },
        ]),
      ),
    stored() {
      last = undefined;
      for (const slot of waiting) {
        slot.isChanged = false;
        takeOut(slot);
        append(slot);
      }
      waiting = [];
      while (oldest !== undefined && slots.size() > capacity) {
        slots.delete(oldest.key);
        takeOut(oldest);
      }
    },
    isFull: () => waiting.length > capacity,
    clear() {
      slots.clear();
      oldest = newest = undefined;
      waiting = [];
      last = undefined;
    },
  };
}
