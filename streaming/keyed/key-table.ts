/**
 * Things by their key, to be found faster than in a Map: one look at a table of hashes, then the thing itself. A Map of many
 * keys, asked by texts that were just decoded, follows its chains through memory, and each step waits for it.
 */
import { randomInt } from 'node:crypto';
import { hashText } from '../../domain/hash.ts';

export interface Keyed {
  readonly key: string;
}

export interface KeyTable<T extends Keyed> {
  get(key: string): T | undefined;
  /** Of a key that is not there. */
  add(one: T): void;
  /** Nothing happens where the key is not there. */
  delete(key: string): void;
  size(): number;
  clear(): void;
  /** In no particular order. */
  values(): Iterable<T>;
}

const INITIAL_PLACES = 64;
const MOST_FILLED = 0.5;

/** Open addressing; a key stands where its hash says, or in the places right after it. */
export function createKeyTable<T extends Keyed>(): KeyTable<T> {
  let mask = INITIAL_PLACES - 1;
  let size = 0;
  /** 0 for a place that is free. */
  let hashes = new Int32Array(INITIAL_PLACES);
  let held = new Array<T | undefined>(INITIAL_PLACES).fill(undefined);

  const placeOf = (key: string, hash: number): number => {
    let place = hash & mask;
    for (let found = hashes[place]!; found !== 0; found = hashes[place]!) {
      if (found === hash && held[place]!.key === key) return place;
      place = (place + 1) & mask;
    }
    return place;
  };

  const put = (one: T, hash: number): void => {
    let place = hash & mask;
    while (hashes[place] !== 0) place = (place + 1) & mask;
    hashes[place] = hash;
    held[place] = one;
  };

  const allot = (places: number): void => {
    mask = places - 1;
    hashes = new Int32Array(places);
    held = new Array<T | undefined>(places).fill(undefined);
  };

  const grow = (): void => {
    const [oldHashes, old] = [hashes, held];
    allot(2 * old.length);
    for (let place = 0; place < old.length; place++)
      if (oldHashes[place] !== 0) put(old[place]!, oldHashes[place]!);
  };

  return {
    get: (key) => held[placeOf(key, hashOf(key))],
    add(one) {
      if (size >= held.length * MOST_FILLED) grow();
      put(one, hashOf(one.key));
      size += 1;
    },
    delete(key) {
      let gap = placeOf(key, hashOf(key));
      if (hashes[gap] === 0) return;
      size -= 1;
      // What stands after it and would be looked for from the gap on moves there.
      for (let place = (gap + 1) & mask; hashes[place] !== 0; place = (place + 1) & mask) {
        const wanted = hashes[place]! & mask;
        if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
        hashes[gap] = hashes[place]!;
        held[gap] = held[place];
        gap = place;
      }
      hashes[gap] = 0;
      held[gap] = undefined;
    },
    size: () => size,
    clear() {
      size = 0;
      allot(INITIAL_PLACES);
    },
    *values() {
      for (const one of held) if (one !== undefined) yield one;
    },
  };
}

/** Of each process another, so that nobody can choose keys that meet. */
const SEED = randomInt(2 ** 31);

/** Never 0. */
const hashOf = (key: string): number => hashText(key, SEED) | 0 || 1;
