/**
 * The newest word about each of some titles, in columns, the newest first. Of two words about a title the later event
 * wins, of equal times the greater value, so the order in which words come is no matter.
 */
import type { EpochMs } from '../time.ts';

export interface Words {
  titles: string[];
  times: EpochMs[];
  values: number[];
}

export const createWords = (): Words => ({ titles: [], times: [], values: [] });

/** Takes a word; with more titles than `limit` the oldest is forgotten. */
export function say(words: Words, title: string, time: EpochMs, value: number, limit: number): void {
  const { titles, times, values } = words;
  const known = titles.indexOf(title);
  if (known >= 0) {
    if (time < times[known]! || (time === times[known] && value <= values[known]!)) return;
    removeAt(words, known);
  }
  let to = 0;
  while (to < times.length && (times[to]! > time || (times[to] === time && titles[to]! < title))) to++;
  titles.splice(to, 0, title);
  times.splice(to, 0, time);
  values.splice(to, 0, value);
  if (titles.length > limit) removeAt(words, titles.length - 1);
}

/** Forgets words of one value that are older than a time. */
export function forgetOlder(words: Words, value: number, time: EpochMs): void {
  for (let i = words.times.length - 1; i >= 0 && words.times[i]! < time; i--) {
    if (words.values[i] === value) removeAt(words, i);
  }
}

function removeAt({ titles, times, values }: Words, at: number): void {
  titles.splice(at, 1);
  times.splice(at, 1);
  values.splice(at, 1);
}
