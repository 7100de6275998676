/** What chunks of the speed view add up to: counts, impressions by row and registers. Mutable. */
import { createCountStore, type CountStore } from './count-store.ts';
import { createReachStore, type ReachStore } from './reach-store.ts';
import type { FamilyPart } from './speed-view.ts';

export interface SpeedSums {
  readonly store: CountStore;
  readonly reached: ReachStore;
  /** Adds what a part holds, or takes away what was added before. Registers can only be raised. */
  add(part: FamilyPart, sign: 1 | -1): void;
}

/** Begins with what other sums were, as `partsOf` gave it. */
export function createSpeedSums(from: readonly FamilyPart[] = []): SpeedSums {
  const store = createCountStore();
  const reached = createReachStore();
  for (const part of from) {
    if (part.family === 'cells') store.load(part.columns);
    else if (part.family === 'rows') reached.addRows(part.columns, 1);
    else reached.addDistinct(part.columns);
  }
  return {
    ...{ store, reached },
    add(part, sign) {
      if (part.family === 'cells') store.add(part.columns, sign);
      else if (part.family === 'rows') reached.addRows(part.columns, sign);
      else if (sign === 1) reached.addDistinct(part.columns);
    },
  };
}

/** All of it as plain data; whoever has other things to do may pause after each step. */
export function* partsOf({ store, reached }: SpeedSums): Generator<void, FamilyPart[]> {
  const parts: FamilyPart[] = [];
  for (const columns of store.dump()) {
    parts.push({ family: 'cells', columns });
    yield;
  }
  const { rows, distinct } = reached.dump();
  return [...parts, { family: 'rows', columns: rows }, { family: 'distinct', columns: distinct }];
}
