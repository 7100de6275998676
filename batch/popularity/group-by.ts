/**
 * Rows put together by columns of whole numbers. The columns of a row become one word of 32 bits, or a few, that are sorted
 * a digit at a time (radix sort) and carry the row with them, so that memory is read from end to end and rows are not compared.
 */
import { listOf, type Key, type Keys } from './keys.ts';
import { createScratch, type Scratch } from './scratch.ts';

export interface Groups {
  /** The rows, group after group, in the order of their columns; those that are alike in the order they came. */
  readonly order: Uint32Array;
  /** Where groups begin in `order`; the last entry is how many rows there are. */
  readonly starts: Uint32Array;
  /** The columns of each group. */
  readonly keys: Keys;
}

/** A column's place in the words: a value's rank there is 0 for none (-1), else what it is above the least and 1. */
interface Field {
  readonly values: Key;
  readonly least: number;
  readonly hasNone: boolean;
  readonly bits: number;
  readonly word: number;
  readonly shift: number;
}

const WORD_BITS = 32;
const MOST_DIGIT_BITS = 11;

/** Groups the rows `take`. Order and starts are in the scratch, and valid until the next call that has it. */
export function groupBy(columns: Keys, take: Uint32Array, scratch: Scratch = createScratch()): Groups {
  const fields = fieldsOf(listOf(columns), take);
  const words = (fields.at(-1)?.word ?? 0) + 1;
  const { length } = take;
  const fieldsIn = (word: number): Field[] => fields.filter((field) => field.word === word);
  let sorting: Sorting = {
    keys: scratch.uint32('keys', length),
    rows: scratch.uint32('rows', length),
    otherKeys: scratch.uint32('other keys', length),
    otherRows: scratch.uint32('other rows', length),
  };
  sorting.rows.set(take);
  for (let word = 0; word < words; word++) {
    const own = fieldsIn(word);
    pack(own, sorting.rows, sorting.keys);
    sorting = sorted(
      sorting,
      own.reduce((sum, { bits }) => sum + bits, 0),
    );
  }
  const { keys, rows: order } = sorting;
  const ofWords = Array.from({ length: words }, (_, word) =>
    word === words - 1 ? keys : pack(fieldsIn(word), order, scratch.uint32(`word ${word}`, length)),
  );
  const starts = startsOf(ofWords, scratch.uint32('starts', length + 1));
  // The last column has the lowest bits.
  const found = fields.map((field) => unpacked(field, ofWords[field.word]!, starts)).reverse();
  return { order, starts, keys: found as unknown as Keys };
}

/** From the last column to the first. */
function fieldsOf(columns: readonly Key[], take: Uint32Array): Field[] {
  let [word, shift] = [0, 0];
  return columns.toReversed().map((values) => {
    let [least, most, hasNone] = [Infinity, -Infinity, false];
    for (let i = 0; i < take.length; i++) {
      const value = values[take[i]!]!;
      if (value === -1) hasNone = true;
      else {
        if (value < least) least = value;
        if (value > most) most = value;
      }
    }
    const ranks = least === Infinity ? 0 : most - least + (hasNone ? 1 : 0);
    const bits = WORD_BITS - Math.clz32(ranks);
    if (shift + bits > WORD_BITS) [word, shift] = [word + 1, 0];
    const field = { ...{ values, hasNone, bits, word, shift }, least: least === Infinity ? 0 : least };
    shift += bits;
    return field;
  });
}

function pack(fields: readonly Field[], rows: Uint32Array, into: Uint32Array): Uint32Array {
  into.fill(0);
  for (const { values, least, hasNone, shift, bits } of fields) {
    if (bits === 0) continue;
    const base = hasNone ? least - 1 : least;
    for (let i = 0; i < rows.length; i++) {
      const value = values[rows[i]!]!;
      into[i]! |= (value === -1 && hasNone ? 0 : value - base) << shift;
    }
  }
  return into;
}

interface Sorting {
  readonly keys: Uint32Array;
  readonly rows: Uint32Array;
  /** As long as those, and written over. */
  readonly otherKeys: Uint32Array;
  readonly otherRows: Uint32Array;
}

/** Rows by ascending key of so many bits. */
function sorted(given: Sorting, bits: number): Sorting {
  const passes = Math.ceil(bits / MOST_DIGIT_BITS);
  const digitBits = passes === 0 ? 0 : Math.ceil(bits / passes);
  let { keys, rows, otherKeys, otherRows } = given;
  for (let pass = 0; pass < passes; pass++) {
    sortByDigit(keys, rows, otherKeys, otherRows, pass * digitBits, digitBits);
    [keys, otherKeys] = [otherKeys, keys];
    [rows, otherRows] = [otherRows, rows];
  }
  return { keys, rows, otherKeys, otherRows };
}

function sortByDigit(
  from: Uint32Array,
  fromRows: Uint32Array,
  into: Uint32Array,
  intoRows: Uint32Array,
  shift: number,
  bits: number,
): void {
  const mask = (1 << bits) - 1;
  const places = new Uint32Array(mask + 2);
  const { length } = from;
  for (let i = 0; i < length; i++) places[((from[i]! >>> shift) & mask) + 1]!++;
  for (let digit = 0; digit < mask; digit++) places[digit + 1]! += places[digit]!;
  for (let i = 0; i < length; i++) {
    const key = from[i]!;
    const place = places[(key >>> shift) & mask]!++;
    into[place] = key;
    intoRows[place] = fromRows[i]!;
  }
}

function startsOf(words: readonly Uint32Array[], starts: Uint32Array): Uint32Array {
  const [first, ...others] = words;
  const size = starts.length - 1;
  let groups = 0;
  let before = 0;
  for (let i = 0; i < size; i++) {
    const key = first![i]!;
    if (i > 0 && key === before && (others.length === 0 || others.every((word) => word[i] === word[i - 1])))
      continue;
    before = key;
    starts[groups++] = i;
  }
  starts[groups] = size;
  return starts.subarray(0, groups + 1);
}

function unpacked({ least, hasNone, bits, shift }: Field, word: Uint32Array, starts: Uint32Array): Key {
  const of = new Int32Array(starts.length - 1);
  if (bits === 0) return of.fill(hasNone ? -1 : least);
  const mask = bits === WORD_BITS ? 0xffffffff : (1 << bits) - 1;
  for (let group = 0; group < of.length; group++) {
    const rank = ((word[starts[group]!]! >>> shift) & mask) >>> 0;
    of[group] = hasNone ? (rank === 0 ? -1 : rank - 1 + least) : rank + least;
  }
  return of;
}
