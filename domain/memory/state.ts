/**
 * What one profile remembers of its impressions, in columns. An entry is a title in a row; a slot is a title. Of most of
 * them there was one impression only, from whose time all that is counted follows: marks and days begin with the second.
 * Numbers stand in plain arrays: most profiles have few entries, which grow and are stored cheaper so than in typed
 * arrays, and small numbers are short in msgpack. Plain data.
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
  /** By slot the hour of its one impression; where there were more, `atPlace` of its place in `days`. */
  hours: number[];
  /** DAY numbers a place: in which hours of the last day a slot was shown. */
  days: number[];
  /** Names of rows; the first is OTHER_ROWS. */
  rows: string[];
  /** By entry its slot and its row. */
  keys: number[];
  /** By entry the time of its one impression; where there were more, `atPlace` of its place in `marks`. */
  times: number[];
  /** MARKS numbers a place. */
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
  hours: [],
  days: [],
  rows: [OTHER_ROWS],
  keys: [],
  times: [],
  marks: [],
  playedTitles: [],
  playedAt: [],
  lookAt: Infinity,
});

export const keyOf = (slot: number, row: number): number => slot * ROW_NUMBERS + row;

/** What stands for a time or an hour, neither of which is below 0, where more is told at a place; and back again. */
export const atPlace = (place: number): number => -1 - place;
export const placeOf = atPlace;

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

/** What `titleHashes` has of a title. */
export const shortHash = (title: string): number => hashText(title) & (SHORT_HASHES - 1);
export const SHORT_HASHES = 2 ** 16;

/** The slot of a title; -1 for none. */
export function findSlot(
  { titles, titleHashes }: MemoryState,
  title: string,
  hash = shortHash(title),
): number {
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

/** Opens a slot for a title that has none and was shown once, in this hour. */
export function openSlot(
  { titles, titleHashes, hours }: MemoryState,
  title: string,
  hour: number,
  hash = shortHash(title),
): number {
  titleHashes.push(hash);
  hours.push(hour);
  return titles.push(title) - 1;
}

/** Appends an entry that was shown once, at this time. */
export function addEntry({ keys, times }: MemoryState, slot: number, row: number, time: EpochMs): number {
  times.push(time);
  return keys.push(keyOf(slot, row)) - 1;
}

/** Where the marks of an entry begin; they are made of its one impression where it had none. */
export function openMarks({ times, marks }: MemoryState, entry: number): number {
  const time = times[entry]!;
  if (time < 0) return placeOf(time) * MARKS;
  const base = marks.length;
  marks.push(time, 0, 1, 1, 1, 1, 1);
  times[entry] = atPlace(base / MARKS);
  return base;
}

/** When an entry was shown last. */
export function lastTime({ times, marks }: MemoryState, entry: number): EpochMs {
  const time = times[entry]!;
  return time < 0 ? marks[placeOf(time) * MARKS + LAST]! : time;
}

/** Lets an entry stand for the title's other rows. */
export function renameToOther(state: MemoryState, entry: number): void {
  state.keys[entry] = keyOf(slotAt(state, entry), OTHER);
}

/** Takes an entry out; the last one moves to where it was, as do the last marks. */
export function removeEntry({ keys, times, marks }: MemoryState, entry: number): void {
  const last = keys.length - 1;
  const time = times[entry]!;
  keys[entry] = keys[last]!;
  times[entry] = times[last]!;
  keys.length = last;
  times.length = last;
  if (time >= 0) return;
  const lastPlace = marks.length / MARKS - 1;
  const place = placeOf(time);
  if (place !== lastPlace) {
    marks.copyWithin(place * MARKS, lastPlace * MARKS, (lastPlace + 1) * MARKS);
    times[times.indexOf(atPlace(lastPlace))] = time;
  }
  marks.length = lastPlace * MARKS;
}
