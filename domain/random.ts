/** Seeded randomness: the same seed gives the same numbers on every machine. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, limit). */
  below(limit: number): number;
  /** Whether an event of this probability happens. */
  chance(probability: number): boolean;
}

/** Mixes a seed with any number of labels into 32 bits (FNV-1a over the text, then the finaliser of MurmurHash3). */
export function seedOf(...labels: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of labels.join('\u0001')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Mulberry32 (Tommy Ettinger): small, fast and good enough for demo data; not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    chance: (probability) => next() < probability,
  };
}

export interface Share<T> {
  readonly value: T;
  readonly share: number;
}

/** Picks by share; the shares need not sum to one. Throws on an empty table. */
export function pickByShare<T>(random: Random, table: readonly Share<T>[]): T {
  const total = table.reduce((sum, { share }) => sum + share, 0);
  let left = random.next() * total;
  for (const { value, share } of table) {
    left -= share;
    if (left < 0) return value;
  }
  const last = table.at(-1);
  if (last === undefined) throw new RangeError('pickByShare needs at least one entry');
  return last.value;
}
