/** Impression memory of a profile that was shown two titles. */
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { inLogOrder, shown } from './profile-records.ts';
import { NOW } from './serving.ts';

/** What a profile remembers that was shown `often` seven times and `once` once, within the last hour. */
export function memoryOfShown(often: string, once: string): MemoryState {
  const fold = createImpressionMemory({ titles: 10, rowsPerTitle: 2, rowNames: 8, plays: 4 });
  const records = inLogOrder([
    ...Array.from({ length: 7 }, (_, n) => shown(often, 'trending', NOW - (n + 1) * MINUTE_MS)),
    shown(once, 'trending', NOW - MINUTE_MS),
  ]);
  let state: MemoryState | undefined;
  for (const record of records) state = fold.step(state, record).state;
  return state!;
}
