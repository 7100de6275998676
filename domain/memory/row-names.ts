/**
 * Names of rows, so that a profile whose rows are named after itself goes on learning rows. What is let go is a function
 * of what is remembered, so of the log alone.
 */
import { foldIntoOther, newestTime } from './evict.ts';
import {
  entryCount,
  findRow,
  keyOf,
  OTHER,
  OTHER_ROWS,
  rowAt,
  slotAt,
  STRENGTH_SPAN,
  type MemoryState,
} from './state.ts';
import { sumAt } from './sums.ts';

/**
 * The number of a row's name, given if it has none. Where `limit` names are there already, those that no entry uses are
 * dropped, else the weakest row of the profile goes into the other rows of each of its titles. Entries may move.
 */
export function openRow(state: MemoryState, row: string, limit: number): number {
  const known = findRow(state, row);
  if (known >= 0) return known;
  if (state.rows.length >= limit) dropUnusedNames(state);
  while (state.rows.length >= limit && state.rows.length > 1) {
    foldRow(state, weakestRow(state));
    dropUnusedNames(state);
  }
  return state.rows.length >= limit ? OTHER : state.rows.push(row) - 1;
}

/** The named row with the least decayed count over all titles; of equal ones the smaller name. */
function weakestRow(state: MemoryState): number {
  const at = newestTime(state);
  const strengths = new Float64Array(state.rows.length);
  for (let entry = 0; entry < entryCount(state); entry++) {
    strengths[rowAt(state, entry)]! += sumAt(state, entry, STRENGTH_SPAN, at);
  }
  let weakest = -1;
  state.rows.forEach((name, row) => {
    if (name === OTHER_ROWS) return;
    const order = weakest < 0 ? -1 : strengths[row]! - strengths[weakest]!;
    if (order < 0 || (order === 0 && name < state.rows[weakest]!)) weakest = row;
  });
  return weakest;
}

function foldRow(state: MemoryState, row: number): void {
  // Backwards, since the entry that moves into the place of one taken out was looked at before.
  for (let entry = entryCount(state) - 1; entry >= 0; entry--) {
    if (rowAt(state, entry) === row) foldIntoOther(state, entry);
  }
}

function dropUnusedNames(state: MemoryState): void {
  const used = new Uint8Array(state.rows.length);
  for (let entry = 0; entry < entryCount(state); entry++) used[rowAt(state, entry)] = 1;
  const numbers = new Uint8Array(state.rows.length);
  const kept: string[] = [];
  state.rows.forEach((name, row) => {
    if (used[row] === 1 || name === OTHER_ROWS) numbers[row] = kept.push(name) - 1;
  });
  for (let entry = 0; entry < entryCount(state); entry++)
    state.keys[entry] = keyOf(slotAt(state, entry), numbers[rowAt(state, entry)]!);
  state.rows = kept;
}
