/** Keeps a memory within its bounds. Every choice is a function of what is remembered, so of the log alone. */
import type { EpochMs } from '../time.ts';
import {
  addEntry,
  createMemoryState,
  DAY,
  entryCount,
  findEntry,
  atPlace,
  lastTime,
  MARKS,
  openSlot,
  OTHER,
  removeEntry,
  renameToOther,
  rowAt,
  placeOf,
  slotAt,
  STRENGTH_SPAN,
  type MemoryState,
} from './state.ts';
import { mergeSums, sumAt } from './sums.ts';

/** Entries of a slot that name their row. */
function namedEntries(state: MemoryState, slot: number): number[] {
  const found: number[] = [];
  for (let entry = 0; entry < entryCount(state); entry++) {
    if (slotAt(state, entry) === slot && rowAt(state, entry) !== OTHER) found.push(entry);
  }
  return found;
}

/** Makes room for one more row of a title: the weakest one goes into the title's other rows, with all that it counts. */
export function foldWeakestRow(state: MemoryState, slot: number, rowsPerTitle: number): void {
  const named = namedEntries(state, slot);
  if (named.length < rowsPerTitle) return;
  const at = Math.max(...named.map((entry) => lastTime(state, entry)));
  const strength = (entry: number): number => sumAt(state, entry, STRENGTH_SPAN, at);
  const rowName = (entry: number): string => state.rows[rowAt(state, entry)]!;
  const weakest = named.reduce((a, b) => {
    const order = strength(a) - strength(b);
    return order < 0 || (order === 0 && rowName(a) < rowName(b)) ? a : b;
  });
  foldIntoOther(state, weakest);
}

/** Puts an entry into its title's other rows, with all that it counts; the last entry may move into its place. */
export function foldIntoOther(state: MemoryState, entry: number): void {
  const other = findEntry(state, slotAt(state, entry), OTHER);
  if (other < 0) return renameToOther(state, entry);
  mergeSums(state, entry, other);
  removeEntry(state, entry);
}

/** Decayed count of each slot over all its rows, as of `at`. */
function slotStrengths(state: MemoryState, at: EpochMs): Float64Array {
  const strengths = new Float64Array(state.titles.length);
  for (let entry = 0; entry < entryCount(state); entry++) {
    strengths[slotAt(state, entry)]! += sumAt(state, entry, STRENGTH_SPAN, at);
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
export function newestTime(state: MemoryState): EpochMs {
  let newest = 0;
  for (let entry = 0; entry < entryCount(state); entry++) newest = Math.max(newest, lastTime(state, entry));
  return newest;
}

/** The same memory with its strongest titles alone, and no row names that nothing uses. */
export function keepStrongest(state: MemoryState, titles: number): MemoryState {
  const kept = createMemoryState();
  const slots = new Int32Array(state.titles.length).fill(-1);
  for (const slot of slotsByStrength(state, newestTime(state)).slice(0, titles)) {
    const hour = moveTold(state.hours[slot]!, DAY, state.days, kept.days);
    slots[slot] = openSlot(kept, state.titles[slot]!, hour, state.titleHashes[slot]);
  }
  /** By number what each row's name has become. */
  const rows = new Int32Array(state.rows.length).fill(-1);
  rows[OTHER] = OTHER;
  for (let entry = 0; entry < entryCount(state); entry++) {
    const slot = slots[slotAt(state, entry)]!;
    if (slot < 0) continue;
    const row = rowAt(state, entry);
    if (rows[row] === -1) rows[row] = kept.rows.push(state.rows[row]!) - 1;
    addEntry(kept, slot, rows[row]!, moveTold(state.times[entry]!, MARKS, state.marks, kept.marks));
  }
  kept.playedTitles = state.playedTitles;
  kept.playedAt = state.playedAt;
  kept.lookAt = state.lookAt;
  return kept;
}

/** Takes over what is told at a place, where a time or an hour stands for one; answers what then stands there. */
function moveTold(time: number, width: number, from: readonly number[], to: number[]): number {
  if (time >= 0) return time;
  const base = placeOf(time) * width;
  const place = to.length / width;
  for (let i = 0; i < width; i++) to.push(from[base + i]!);
  return atPlace(place);
}
