/**
 * What one profile remembers of its impressions, in columns. An entry is a title in a row; a slot is a title. Numbers stand
 * in plain arrays: most profiles have few entries, which grow and are stored cheaper so than in typed arrays, and small
 * numbers are short in msgpack. Plain data.
 */
import { hashText } from '../hash.ts';
import { DAY_MS, type EpochMs } from '../time.ts';

/**
 * Time constants τ of the decayed counts: an impression of age a weighs e^(−a/τ). A steady stream then sums up to what a
 * plain window of length τ would count.
 */
export const MEMORY_SPANS = [
  { name: 'day', tauMs: DAY_MS },
  { name: 'week', tauMs: 7 * DAY_MS },
  { name: 'month', tauMs: 30 * DAY_MS },
  { name: 'halfYear', tauMs: 182 * DAY_MS },
  { name: 'year', tauMs: 365 * DAY_MS },
] as const;
export type MemorySpan = (typeof MEMORY_SPANS)[number]['name'];
export const SPAN_COUNT = MEMORY_SPANS.length;

/** The span that says which titles are the strongest. */
export const STRENGTH_SPAN = MEMORY_SPANS.findIndex(({ name }) => name === 'month');

/** Columns of `marks`: last event time of an entry, time from the first to it, then its decayed counts as of the last. */
export const LAST = 0;
export const LENGTH = 1;
export const SUMS = 2;
export const MARKS = SUMS + SPAN_COUNT;

/** Columns of `days`; see day-count.ts. */
export const DAY_WORDS = 4;
export const DAY = 1 + DAY_WORDS;

/** The row that stands for all that limits of rows folded together; no event names it. */
export const OTHER_ROWS = '';
export const OTHER = 0;

/** Numbers of rows that a key has room for. */
const ROW_NUMBERS = 256;

export interface MemoryState {
  /** Title ids by slot. */
  titles: string[];
  /** Of each title a short hash, so that one is found without comparing it with all others. */
  titleHashes: number[];
  /** DAY numbers per slot: in which hours of the last day it was shown. */
  days: number[];
  /** Names of rows; the first is OTHER_ROWS. */
  rows: string[];
  /** By entry its slot and its row. */
  keys: number[];
  /** MARKS numbers per entry. */
  marks: number[];
  /** Titles played last, with the newest start of each. */
  playedTitles: string[];
  playedAt: EpochMs[];
  /** Log time at which to see whether the profile has been quiet for so long that it is forgotten. */
  lookAt: EpochMs;
}

export const createMemoryState = (): MemoryState => ({
  titles: [],
  titleHashes: [],
  days: [],
  rows: [OTHER_ROWS],
  keys: [],
  marks: [],
  playedTitles: [],
  playedAt: [],
  lookAt: Infinity,
});

export const keyOf = (slot: number, row: number): number => slot * ROW_NUMBERS + row;
export const entryCount = ({ keys }: MemoryState): number => keys.length;
export const slotAt = ({ keys }: MemoryState, entry: number): number =>
  Math.floor(keys[entry]! / ROW_NUMBERS);
export const rowAt = ({ keys }: MemoryState, entry: number): number => keys[entry]! % ROW_NUMBERS;

/** The entry of a slot in a row; -1 for none. */
export function findEntry({ keys }: MemoryState, slot: number, row: number): number {
  const key = keyOf(slot, row);
  // From the end: what was shown last is shown again sooner than what was shown long ago.
  for (let entry = keys.length - 1; entry >= 0; entry--) if (keys[entry] === key) return entry;
  return -1;
}

const shortHash = (title: string): number => hashText(title) & 0xffff;

/** The slot of a title; -1 for none. */
export function findSlot({ titles, titleHashes }: MemoryState, title: string): number {
  const hash = shortHash(title);
  for (let slot = 0; slot < titleHashes.length; slot++) {
    if (titleHashes[slot] === hash && titles[slot] === title) return slot;
  }
  return -1;
}

/** The number of a row's name; -1 for none. */
export function findRow({ rows, keys }: MemoryState, row: string): number {
  // Most impressions are in the row of the one before.
  const last = keys.length === 0 ? OTHER : keys[keys.length - 1]! % ROW_NUMBERS;
  return rows[last] === row ? last : rows.indexOf(row);
}

/** Opens a slot for a title that has none. */
export function openSlot({ titles, titleHashes, days }: MemoryState, title: string): number {
  titleHashes.push(shortHash(title));
  days.push(0, 0, 0, 0, 0);
  return titles.push(title) - 1;
}

/** Appends an entry that counts nothing yet. */
export function addEntry({ keys, marks }: MemoryState, slot: number, row: number, time: EpochMs): number {
  marks.push(time, 0, 0, 0, 0, 0, 0);
  return keys.push(keyOf(slot, row)) - 1;
}

/** Lets an entry stand for the title's other rows. */
export function renameToOther(state: MemoryState, entry: number): void {
  state.keys[entry] = keyOf(slotAt(state, entry), OTHER);
}

/** Takes an entry out; the last one moves into its place. */
export function removeEntry({ keys, marks }: MemoryState, entry: number): void {
  const last = keys.length - 1;
  keys[entry] = keys[last]!;
  marks.copyWithin(entry * MARKS, last * MARKS, (last + 1) * MARKS);
  keys.length = last;
  marks.length = last * MARKS;
}
