/**
 * What one profile watched, put on its list and rated, in columns, each newest first. Every number is the greatest or the
 * newest of what events said, so that it is a function of the set of events, whatever order they came in. Plain data.
 */
import { createWords, type Words } from './words.ts';
import type { EpochMs } from '../time.ts';

/** Columns of `marks`; times that are not (yet) known are -1. */
/** Time of the newest event, and 1 where that is a stop. */
export const AT = 0;
export const ENDED = 1;
/** Newest start. */
export const STARTED = 2;
/** Newest event that says a position, and that position, seconds. */
export const POSITION_AT = 3;
export const POSITION = 4;
/** Furthest position and most seconds viewed, whichever is more, ever. */
export const DEEPEST = 5;
/** Newest event whose position counts as the end. */
export const FINISHED = 6;
/** Newest event that knows the runtime, and the runtime, seconds. */
export const RUNTIME_AT = 7;
export const RUNTIME = 8;
/** Newest event that knows the series. */
export const ROOT_AT = 9;
export const MARKS = 10;

export interface WatchingState {
  /** Titles by the time of their newest event, the newest first; of equal ones the smaller id first. */
  titles: string[];
  /** Of each title its series; empty where it is none or not known. */
  roots: string[];
  /** MARKS numbers per title. */
  marks: number[];
  /** Value 1 for a title on the list, 0 for one that was taken off. */
  list: Words;
  /** The newest rating of each title. */
  ratings: Words;
  /** Log time at which to see whether the profile has been quiet for so long that it is forgotten. */
  lookAt: EpochMs;
}

export const createWatchingState = (): WatchingState => ({
  titles: [],
  roots: [],
  marks: [],
  list: createWords(),
  ratings: createWords(),
  lookAt: Infinity,
});

/** Where a title of which nothing is known would be put last; it has said nothing yet. */
export function openTitle({ titles, roots, marks }: WatchingState, title: string): number {
  roots.push('');
  marks.push(-1, 0, -1, -1, 0, 0, -1, -1, 0, -1);
  return titles.push(title) - 1;
}

/** Moves a title that has a newer event to where it belongs. */
export function moveForward({ titles, roots, marks }: WatchingState, from: number): void {
  const title = titles[from]!;
  const at = marks[from * MARKS + AT]!;
  let to = from;
  while (to > 0 && isAfter(at, title, marks[(to - 1) * MARKS + AT]!, titles[to - 1]!)) to--;
  if (to === from) return;
  const root = roots[from]!;
  const own = marks.slice(from * MARKS, (from + 1) * MARKS);
  // Loops: copyWithin is many times slower on plain arrays.
  for (let slot = from; slot > to; slot--) {
    titles[slot] = titles[slot - 1]!;
    roots[slot] = roots[slot - 1]!;
  }
  for (let i = (from + 1) * MARKS - 1; i >= (to + 1) * MARKS; i--) marks[i] = marks[i - MARKS]!;
  titles[to] = title;
  roots[to] = root;
  for (let i = 0; i < MARKS; i++) marks[to * MARKS + i] = own[i]!;
}

/** Whether one comes before another: the newer first, of equal ones the smaller id. */
export const isAfter = (at: EpochMs, title: string, otherAt: EpochMs, other: string): boolean =>
  at > otherAt || (at === otherAt && title < other);

/** Forgets all but the newest titles. */
export function keepNewest({ titles, roots, marks }: WatchingState, limit: number): void {
  if (titles.length <= limit) return;
  titles.length = limit;
  roots.length = limit;
  marks.length = limit * MARKS;
}
