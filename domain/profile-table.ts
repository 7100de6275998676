/**
 * Numbers by profile and text, for a fold that must remember many: open addressing in typed arrays, 16 bytes a place. A
 * key is known by 64 bits of hash alone, mixed from the profile's 52-bit hash and the text.
 */
import { mix32 } from './hash.ts';

/** A table's content, in no particular order. */
export interface ProfileColumns {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  /** Never 0. */
  readonly values: Float64Array;
}

export const NO_PROFILES: ProfileColumns = {
  low: new Uint32Array(),
  high: new Uint32Array(),
  values: new Float64Array(),
};

export interface ProfileTable {
  /** The value of a key, 0 where there is none, and what is put in its place; `next` may not be 0. */
  swap(profileHash: number, text: string, salt: number, next: number): number;
  /** Adds 1 to the value of a key unless it is `most` already; says whether it did. */
  addUpTo(profileHash: number, text: string, salt: number, most: number): boolean;
  size(): number;
  clear(): void;
  columns(): ProfileColumns;
}

const INITIAL_PLACES = 64;
const MOST_FILLED = 0.6;

/** When the table fills up, values that `isLive` refuses are dropped first; what is not live counts as absent anyway. */
export function createProfileTable(
  start: ProfileColumns = NO_PROFILES,
  isLive: (value: number) => boolean = () => true,
): ProfileTable {
  let places = INITIAL_PLACES;
  let low = new Uint32Array(places);
  let high = new Uint32Array(places);
  let values = new Float64Array(places);
  let size = 0;

  const placeOf = (lowWord: number, highWord: number): number => {
    const mask = places - 1;
    let place = lowWord & mask;
    while (values[place] !== 0 && (low[place] !== lowWord || high[place] !== highWord))
      place = (place + 1) & mask;
    return place;
  };

  const columns = (): ProfileColumns => {
    const all = { low: new Uint32Array(size), high: new Uint32Array(size), values: new Float64Array(size) };
    let at = 0;
    for (let place = 0; place < places; place++) {
      if (values[place] === 0) continue;
      all.low[at] = low[place]!;
      all.high[at] = high[place]!;
      all.values[at++] = values[place]!;
    }
    return all;
  };

  const fill = (from: ProfileColumns): void => {
    let live = 0;
    for (const value of from.values) if (isLive(value)) live += 1;
    places = INITIAL_PLACES;
    // Half empty, so that the next filling up is as many keys away as there are now.
    while (places * MOST_FILLED < 2 * live) places *= 2;
    low = new Uint32Array(places);
    high = new Uint32Array(places);
    values = new Float64Array(places);
    size = live;
    for (let i = 0; i < from.values.length; i++) {
      if (!isLive(from.values[i]!)) continue;
      const place = placeOf(from.low[i]!, from.high[i]!);
      low[place] = from.low[i]!;
      high[place] = from.high[i]!;
      values[place] = from.values[i]!;
    }
  };

  /** Where the key is, or is to be put. */
  const seat = (profileHash: number, text: string, salt: number): number => {
    let a = profileHash ^ salt;
    let b = Math.floor(profileHash / 0x1_0000_0000) | 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
    const lowWord = mix32(a ^ Math.imul(b, 0x85ebca6b));
    const highWord = mix32(b ^ Math.imul(a, 0xc2b2ae35) ^ text.length);
    if (size + 1 > places * MOST_FILLED) fill(columns());
    const place = placeOf(lowWord, highWord);
    if (values[place] === 0) {
      low[place] = lowWord;
      high[place] = highWord;
      size += 1;
    }
    return place;
  };

  if (start.values.length > 0) fill(start);

  return {
    swap(profileHash, text, salt, next) {
      const place = seat(profileHash, text, salt);
      const before = values[place]!;
      values[place] = next;
      return before;
    },
    addUpTo(profileHash, text, salt, most) {
      const place = seat(profileHash, text, salt);
      if (values[place]! >= most) return false;
      values[place]! += 1;
      return true;
    },
    size: () => size,
    clear() {
      fill(NO_PROFILES);
    },
    columns,
  };
}
