/**
 * Numbers by key of 64 bits, for a fold that must remember many: open addressing in typed arrays, 16 bytes a place. The
 * low word of a key must be well mixed.
 */

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
  /** The value of a key (unsigned words), 0 where there is none, and what is put in its place; `next` may not be 0. */
  swap(low: number, high: number, next: number): number;
  /** Adds 1 to the value of a key unless it is `most` already; says whether it did. */
  addUpTo(low: number, high: number, most: number): boolean;
  /** Looks at the place of a key, so that it is in the processor's cache when it is asked for. */
  touch(low: number): number;
  size(): number;
  /** Forgets every key. */
  clear(): void;
  columns(): ProfileColumns;
}

const INITIAL_PLACES = 64;
const MOST_FILLED = 0.6;

/** When the table fills up, values that `isLive` refuses are dropped first; what is not live counts as absent anyway. */
export function createProfileTable(
  start: ProfileColumns = NO_PROFILES,
  isLive?: (value: number) => boolean,
): ProfileTable {
  let places = INITIAL_PLACES;
  let mask = places - 1;
  let size = 0;
  // A place is 16 bytes side by side, so that looking at it costs one line of cache: low, high, then the value.
  let words = new Uint32Array(4 * places);
  let values = new Float64Array(words.buffer);

  const allot = (wanted: number): void => {
    places = INITIAL_PLACES;
    // Half as full as can be, so that the next filling up is as many keys away as there are now. Not by one key more: a
    // table that has just filled up would become four times as large.
    while ((places / 2) * MOST_FILLED < wanted - 1) places *= 2;
    mask = places - 1;
    size = 0;
    words = new Uint32Array(4 * places);
    values = new Float64Array(words.buffer);
  };

  /** Where the key is, or is to be put. */
  const placeOf = (low: number, high: number): number => {
    let place = low & mask;
    while (values[2 * place + 1] !== 0 && (words[4 * place] !== low || words[4 * place + 1] !== high))
      place = (place + 1) & mask;
    return place;
  };

  /** Of a key that is not there. */
  const put = (low: number, high: number, value: number): void => {
    let place = low & mask;
    while (values[2 * place + 1] !== 0) place = (place + 1) & mask;
    words[4 * place] = low;
    words[4 * place + 1] = high;
    values[2 * place + 1] = value;
    size += 1;
  };

  const isKept = (value: number): boolean => value !== 0 && (isLive === undefined || isLive(value));

  const columns = (): ProfileColumns => {
    const all = { low: new Uint32Array(size), high: new Uint32Array(size), values: new Float64Array(size) };
    let at = 0;
    for (let place = 0; place < places; place++) {
      const value = values[2 * place + 1]!;
      if (value === 0) continue;
      all.low[at] = words[4 * place]!;
      all.high[at] = words[4 * place + 1]!;
      all.values[at++] = value;
    }
    return all;
  };

  const fill = (from: ProfileColumns): void => {
    allot(from.values.reduce((live, value) => (isKept(value) ? live + 1 : live), 0));
    for (let i = 0; i < from.values.length; i++)
      if (isKept(from.values[i]!)) put(from.low[i]!, from.high[i]!, from.values[i]!);
  };

  const grow = (): void => {
    const [oldWords, oldValues, oldPlaces] = [words, values, places];
    let live = size;
    if (isLive !== undefined) {
      live = 0;
      for (let place = 0; place < oldPlaces; place++) if (isKept(oldValues[2 * place + 1]!)) live += 1;
    }
    allot(live);
    for (let place = 0; place < oldPlaces; place++) {
      const value = oldValues[2 * place + 1]!;
      if (isKept(value)) put(oldWords[4 * place]!, oldWords[4 * place + 1]!, value);
    }
  };

  /** Another filling is likely to be as large as the last one, so its memory is used again, unless it was far too much. */
  const clear = (): void => {
    if (4 * size < places * MOST_FILLED) return allot(size);
    size = 0;
    words.fill(0);
  };

  /** The key's place; a new key's words are written there, and its value must be. */
  const seat = (low: number, high: number): number => {
    if (size >= places * MOST_FILLED) grow();
    const place = placeOf(low, high);
    if (values[2 * place + 1] === 0) {
      words[4 * place] = low;
      words[4 * place + 1] = high;
      size += 1;
    }
    return 2 * place + 1;
  };

  if (start.values.length > 0) fill(start);

  return {
    swap(low, high, next) {
      const place = seat(low, high);
      const before = values[place]!;
      values[place] = next;
      return before;
    },
    addUpTo(low, high, most) {
      const place = seat(low, high);
      if (values[place]! >= most) return false;
      values[place]! += 1;
      return true;
    },
    touch: (low) => words[4 * (low & mask)]!,
    size: () => size,
    clear,
    columns,
  };
}
