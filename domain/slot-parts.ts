/** One family of a block as it is published: the entries of each slot in a part of their own, with its digest. */
import { addDigests, digestOf, EMPTY_DIGEST, type Digest } from './cells.ts';
import { digestOfDistinct } from './distinct.ts';
import { digestOfRows } from './row-counts.ts';
import type { FamilyPart } from './speed-view.ts';

/** How many entries a part has, for markers. */
export const sizeOfPart = ({ columns }: FamilyPart): number => columns.size;

export function digestOfPart(part: FamilyPart): Digest {
  switch (part.family) {
    case 'cells':
      return digestOf(part.columns);
    case 'rows':
      return digestOfRows(part.columns);
    case 'distinct':
      return digestOfDistinct(part.columns);
  }
}

export interface ChangedPart {
  readonly slot: number;
  readonly part: FamilyPart;
  readonly digest: Digest;
}

export interface SlotParts {
  /** Something was added to the slot. */
  changed(slot: number): void;
  /** What changed since it was last published (everything when `whole`), and the sums over all there is. */
  publish(whole: boolean): {
    readonly changed: readonly ChangedPart[];
    readonly entries: number;
    readonly digest: Digest;
  };
  /** Everything, as plain data. */
  parts(): FamilyPart[];
  /** The table was cleared. */
  clear(): void;
}

/** A family's table. Entries are never removed, and never move to another slot. */
export interface PartSource {
  size(): number;
  slotOf(entry: number): number;
  pick(entries: Int32Array): FamilyPart;
}

export function createSlotParts(slots: number, { size, slotOf, pick }: PartSource): SlotParts {
  /** Undefined for a slot without entries, and for one that changed since. */
  const held = new Array<ChangedPart | undefined>(slots).fill(undefined);
  const hasChanged = new Uint8Array(slots);

  /** Entries slot by slot: those of slot s from starts[s] on. */
  const bySlot = (): { starts: Int32Array; order: Int32Array } => {
    const starts = new Int32Array(slots + 1);
    const slotOfEntry = new Int32Array(size());
    for (let entry = 0; entry < slotOfEntry.length; entry++) {
      const slot = slotOf(entry);
      slotOfEntry[entry] = slot;
      starts[slot + 1]! += 1;
    }
    for (let slot = 0; slot < slots; slot++) starts[slot + 1]! += starts[slot]!;
    const next = starts.slice();
    const order = new Int32Array(slotOfEntry.length);
    for (let entry = 0; entry < order.length; entry++) order[next[slotOfEntry[entry]!]!++] = entry;
    return { starts, order };
  };

  const refresh = (): void => {
    if (!hasChanged.includes(1)) return;
    const { starts, order } = bySlot();
    for (let slot = 0; slot < slots; slot++) {
      if (hasChanged[slot] === 0) continue;
      const part = pick(order.subarray(starts[slot], starts[slot + 1]));
      held[slot] = { slot, part, digest: digestOfPart(part) };
    }
  };

  return {
    changed(slot) {
      hasChanged[slot] = 1;
    },
    publish(whole) {
      refresh();
      const changed: ChangedPart[] = [];
      let entries = 0;
      let digest = EMPTY_DIGEST;
      for (const one of held) {
        if (one === undefined) continue;
        entries += sizeOfPart(one.part);
        digest = addDigests(digest, one.digest);
        if (whole || hasChanged[one.slot] === 1) changed.push(one);
      }
      hasChanged.fill(0);
      return { changed, entries, digest };
    },
    parts() {
      const { starts, order } = bySlot();
      const full = Array.from(held.keys()).filter((slot) => starts[slot] !== starts[slot + 1]);
      return full.map((slot) => pick(order.subarray(starts[slot], starts[slot + 1])));
    },
    clear() {
      held.fill(undefined);
      hasChanged.fill(0);
    },
  };
}
