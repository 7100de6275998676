/**
 * What one profile remembers of its impressions, in columns: numbers in typed arrays, so that a state is small in memory
 * and on disk. An entry is a title in a row; a slot is a title. Arrays may be longer than what they hold.
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

/** Columns of `marks`: first and last event time of an entry, then its decayed counts as of the last one. */
export const FIRST = 0;
export const LAST = 1;
export const SUMS = 2;
export const MARKS = SUMS + SPAN_COUNT;

/** Hourly buckets of the exact count of the last day. */
export const DAY_BUCKETS = 24;

/** The row that stands for all that limits of rows folded together; no event names it. */
export const OTHER_ROWS = '';
const OTHER = 0;

export interface MemoryState {
  /** Title ids by slot. */
  titles: string[];
  titleHashes: Uint32Array;
  /** Newest hour of each slot that has a bucket, in hours since the epoch. */
  dayHour: Uint32Array;
  /** DAY_BUCKETS per slot: impressions of hour h, at most 255, stand at h modulo DAY_BUCKETS. */
  dayCounts: Uint8Array;
  /** Names of rows; the first is OTHER_ROWS. */
  rows: string[];
  /** How many entries there are. */
  size: number;
  /** Hash of title and row, by entry. */
  hashes: Uint32Array;
  slotOf: Uint16Array;
  rowOf: Uint8Array;
  /** MARKS per entry. */
  marks: Float64Array;
  /** Titles played last, with the newest start of each. */
  playedTitles: string[];
  playedAt: EpochMs[];
  /** Log time at which to see whether the profile has been quiet for so long that it is forgotten. */
  lookAt: EpochMs;
}

/** An empty memory with room for so many titles and entries before it must grow. */
export function createMemoryState(titles = 0, entries = 0): MemoryState {
  return {
    titles: [],
    titleHashes: new Uint32Array(titles),
    dayHour: new Uint32Array(titles),
    dayCounts: new Uint8Array(titles * DAY_BUCKETS),
    rows: [OTHER_ROWS],
    size: 0,
    hashes: new Uint32Array(entries),
    slotOf: new Uint16Array(entries),
    rowOf: new Uint8Array(entries),
    marks: new Float64Array(entries * MARKS),
    playedTitles: [],
    playedAt: [],
    lookAt: Infinity,
  };
}

const hashOf = (title: string, row: string): number => hashText(row, hashText(title));

/** The entry of a title in a row; -1 for none. */
export function findEntry(state: MemoryState, title: string, row: string): number {
  const hash = hashOf(title, row);
  let entry = state.hashes.indexOf(hash);
  while (entry >= 0 && entry < state.size) {
    if (state.titles[state.slotOf[entry]!] === title && state.rows[state.rowOf[entry]!] === row) return entry;
    entry = state.hashes.indexOf(hash, entry + 1);
  }
  return -1;
}

/** The slot of a title; -1 for none. */
export function findSlot({ titles, titleHashes }: MemoryState, title: string): number {
  const hash = hashText(title);
  let slot = titleHashes.indexOf(hash);
  while (slot >= 0 && slot < titles.length) {
    if (titles[slot] === title) return slot;
    slot = titleHashes.indexOf(hash, slot + 1);
  }
  return -1;
}

/** Opens a slot for a title that has none. */
export function openSlot(state: MemoryState, title: string): number {
  const slot = state.titles.push(title) - 1;
  if (slot >= state.dayHour.length) {
    const capacity = grown(slot + 1);
    state.titleHashes = extended(state.titleHashes, new Uint32Array(capacity));
    state.dayHour = extended(state.dayHour, new Uint32Array(capacity));
    state.dayCounts = extended(state.dayCounts, new Uint8Array(capacity * DAY_BUCKETS));
  }
  state.titleHashes[slot] = hashText(title);
  state.dayHour[slot] = 0;
  state.dayCounts.fill(0, slot * DAY_BUCKETS, (slot + 1) * DAY_BUCKETS);
  return slot;
}

/** Appends an entry that counts nothing yet. */
export function addEntry(state: MemoryState, slot: number, row: number, time: EpochMs): number {
  const entry = state.size;
  if (entry >= state.hashes.length) {
    const capacity = grown(entry + 1);
    state.hashes = extended(state.hashes, new Uint32Array(capacity));
    state.slotOf = extended(state.slotOf, new Uint16Array(capacity));
    state.rowOf = extended(state.rowOf, new Uint8Array(capacity));
    state.marks = extended(state.marks, new Float64Array(capacity * MARKS));
  }
  state.size += 1;
  state.hashes[entry] = hashOf(state.titles[slot]!, state.rows[row]!);
  state.slotOf[entry] = slot;
  state.rowOf[entry] = row;
  const base = entry * MARKS;
  state.marks.fill(0, base, base + MARKS);
  state.marks[base + FIRST] = time;
  state.marks[base + LAST] = time;
  return entry;
}

/** Lets an entry stand for the title's other rows. */
export function renameToOther(state: MemoryState, entry: number): void {
  state.rowOf[entry] = OTHER;
  state.hashes[entry] = hashOf(state.titles[state.slotOf[entry]!]!, OTHER_ROWS);
}

/** Takes an entry out; the last one moves into its place. */
export function removeEntry(state: MemoryState, entry: number): void {
  const last = state.size - 1;
  state.hashes[entry] = state.hashes[last]!;
  state.slotOf[entry] = state.slotOf[last]!;
  state.rowOf[entry] = state.rowOf[last]!;
  state.marks.copyWithin(entry * MARKS, last * MARKS, (last + 1) * MARKS);
  state.size = last;
}

/** Half as much again: a profile's arrays are copied a few times in its life and never stand half empty for long. */
const grown = (needed: number): number => needed + (needed >> 1) + 5;

function extended<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
