/** Keeps a memory within its bounds. Every choice is a function of what is remembered, so of the log alone. */
import type { EpochMs } from '../time.ts';
import {
  addEntry,
  createMemoryState,
  DAY_BUCKETS,
  findEntry,
  LAST,
  MARKS,
  openSlot,
  OTHER_ROWS,
  removeEntry,
  renameToOther,
  STRENGTH_SPAN,
  type MemoryState,
} from './state.ts';
import { mergeSums, sumAt } from './sums.ts';

/** Entries of a slot that name their row. */
function namedEntries(state: MemoryState, slot: number): number[] {
  const found: number[] = [];
  for (let entry = state.slotOf.indexOf(slot); entry >= 0 && entry < state.size;) {
    if (state.rows[state.rowOf[entry]!] !== OTHER_ROWS) found.push(entry);
    entry = state.slotOf.indexOf(slot, entry + 1);
  }
  return found;
}

/** Makes room for one more row of a title: the weakest one goes into the title's other rows, with all that it counts. */
export function foldWeakestRow(state: MemoryState, slot: number, rowsPerTitle: number): void {
  const named = namedEntries(state, slot);
  if (named.length < rowsPerTitle) return;
  const at = Math.max(...named.map((entry) => state.marks[entry * MARKS + LAST]!));
  const strength = (entry: number): number => sumAt(state, entry, STRENGTH_SPAN, at);
  const rowName = (entry: number): string => state.rows[state.rowOf[entry]!]!;
  const weakest = named.reduce((a, b) => {
    const order = strength(a) - strength(b);
    return order < 0 || (order === 0 && rowName(a) < rowName(b)) ? a : b;
  });
  foldIntoOther(state, weakest);
}

/** Puts an entry into its title's other rows, with all that it counts; the last entry may move into its place. */
export function foldIntoOther(state: MemoryState, entry: number): void {
  const other = findEntry(state, state.titles[state.slotOf[entry]!]!, OTHER_ROWS);
  if (other < 0) return renameToOther(state, entry);
  mergeSums(state, entry, other);
  removeEntry(state, entry);
}

/** Decayed count of each slot over all its rows, as of `at`. */
export function slotStrengths(state: MemoryState, at: EpochMs): Float64Array {
  const strengths = new Float64Array(state.titles.length);
  for (let entry = 0; entry < state.size; entry++) {
    strengths[state.slotOf[entry]!]! += sumAt(state, entry, STRENGTH_SPAN, at);
  }
  return strengths;
}

/** Slots, strongest first; of equal ones the smaller title id. */
export function slotsByStrength(state: MemoryState, at: EpochMs): number[] {
  const strengths = slotStrengths(state, at);
  return state.titles
    .map((_, slot) => slot)
    .sort((a, b) => strengths[b]! - strengths[a]! || (state.titles[a]! < state.titles[b]! ? -1 : 1));
}

/** The newest event time remembered; 0 for none. */
export function newestTime({ marks, size }: MemoryState): EpochMs {
  let newest = 0;
  for (let entry = 0; entry < size; entry++) newest = Math.max(newest, marks[entry * MARKS + LAST]!);
  return newest;
}

/** The same memory with its strongest titles alone, and no row names that nothing uses. */
export function keepStrongest(state: MemoryState, titles: number): MemoryState {
  const kept = createMemoryState(titles + (titles >> 2) + 1, state.size);
  const slots = new Int32Array(state.titles.length).fill(-1);
  for (const slot of slotsByStrength(state, newestTime(state)).slice(0, titles)) {
    const to = openSlot(kept, state.titles[slot]!);
    slots[slot] = to;
    kept.dayHour[to] = state.dayHour[slot]!;
    const counts = state.dayCounts.subarray(slot * DAY_BUCKETS, (slot + 1) * DAY_BUCKETS);
    kept.dayCounts.set(counts, to * DAY_BUCKETS);
  }
  for (let entry = 0; entry < state.size; entry++) {
    const slot = slots[state.slotOf[entry]!]!;
    if (slot < 0) continue;
    const name = state.rows[state.rowOf[entry]!]!;
    const row = kept.rows.includes(name) ? kept.rows.indexOf(name) : kept.rows.push(name) - 1;
    const to = addEntry(kept, slot, row, 0);
    kept.marks.set(state.marks.subarray(entry * MARKS, (entry + 1) * MARKS), to * MARKS);
  }
  kept.playedTitles = state.playedTitles;
  kept.playedAt = state.playedAt;
  kept.lookAt = state.lookAt;
  return kept;
}
