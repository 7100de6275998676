/** Rows by three 32-bit integers: each distinct triple gets the next whole number. Open addressing in typed arrays. */

export interface TripleIndex {
  /** The triple's row, the next free one if it is new. */
  of(a: number, b: number, c: number): number;
  /** The triple's row; -1 where it has none. */
  find(a: number, b: number, c: number): number;
  /** One part of a row's triple: 0, 1 or 2. */
  part(row: number, which: 0 | 1 | 2): number;
  /** All parts, row by row: part p of row r at 4 r + p. Only good until a triple is added. */
  parts(): Int32Array;
  size(): number;
  /** Forgets every triple; what was allotted is used again. */
  clear(): void;
}

const INITIAL_ROWS = 64;
/** Places to a row, at least. */
const PLACES_A_ROW = 2;

export function createTripleIndex(): TripleIndex {
  let size = 0;
  let triples = new Int32Array(4 * INITIAL_ROWS);
  let mask = PLACES_A_ROW * INITIAL_ROWS - 1;
  /** Row + 1, or 0. */
  let places = new Int32Array(mask + 1);

  const hashOf = (a: number, b: number, c: number): number => {
    let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    return h ^ (h >>> 15);
  };

  const grow = (): void => {
    const longer = new Int32Array(triples.length * 2);
    longer.set(triples);
    triples = longer;
    mask = mask * 2 + 1;
    places = new Int32Array(mask + 1);
    for (let row = 0; row < size; row++) {
      const at = 4 * row;
      let place = hashOf(triples[at]!, triples[at + 1]!, triples[at + 2]!) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = row + 1;
    }
  };

  return {
    of(a, b, c) {
      let place = hashOf(a, b, c) & mask;
      for (let row = places[place]!; row !== 0; row = places[place]!) {
        const at = 4 * row - 4;
        if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return row - 1;
        place = (place + 1) & mask;
      }
      if (4 * size === triples.length) {
        grow();
        place = hashOf(a, b, c) & mask;
        while (places[place] !== 0) place = (place + 1) & mask;
      }
      const at = 4 * size;
      triples[at] = a;
      triples[at + 1] = b;
      triples[at + 2] = c;
      places[place] = ++size;
      return size - 1;
    },
    find(a, b, c) {
      let place = hashOf(a, b, c) & mask;
      for (let row = places[place]!; row !== 0; row = places[place]!) {
        const at = 4 * row - 4;
        if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return row - 1;
        place = (place + 1) & mask;
      }
      return -1;
    },
    parts: () => triples,
    part: (row, which) => triples[4 * row + which]!,
    size: () => size,
    clear() {
      size = 0;
      places.fill(0);
    },
  };
}
