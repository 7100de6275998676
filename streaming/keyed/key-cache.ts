/** The keys of a lane that are in memory: those that changed since they were stored, and those used last. */
import type { EpochMs } from '../../domain/time.ts';
import type { KeyedEntry, KeyedPartition } from '../../infra/state/keyed-state.ts';

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
  const slots = new Map<string, OwnSlot<S>>();
  let waiting: OwnSlot<S>[] = [];
  /** What was asked for last: events of a profile come several at a time. */
  let last: OwnSlot<S> | undefined;

  return {
    slotOf(key) {
      if (last?.key === key) return last;
      const known = slots.get(key);
      if (known !== undefined) return (last = known);
      const found = states.get(key);
      const slot: OwnSlot<S> = { key, state: found?.state, wakeAt: found?.wakeAt, isChanged: false };
      slots.set(key, slot);
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
        slots.delete(slot.key);
        slots.set(slot.key, slot);
      }
      waiting = [];
      for (const key of slots.keys()) {
        if (slots.size <= capacity) break;
        slots.delete(key);
      }
    },
    isFull: () => waiting.length > capacity,
    clear() {
      slots.clear();
      waiting = [];
      last = undefined;
    },
  };
}
