/**
 * Numbers for texts: each distinct text gets the next whole number, with hashes of it kept beside. Texts can be given as
 * UTF-8 bytes, so that a known one is found without being made.
 */
import { hashText, mix32 } from './hash.ts';

export interface TextTable {
  /** The text's number, from 0. */
  of(text: string): number;
  /** Its number where it has one; -1 for a text that was never given. */
  find(text: string): number;
  /** As `of`, for the UTF-8 bytes [start, end). Malformed sequences are read as U+FFFD. */
  ofBytes(bytes: Uint8Array, start: number, end: number): number;
  text(number: number): string;
  /** `hashText` of the text. */
  hash(number: number): number;
  /** Two further hashes of it, of 32 bits, independent of one another and of `hash`. */
  low(number: number): number;
  high(number: number): number;
  size(): number;
}

const INITIAL_PLACES = 256;
const INITIAL_BYTES = 4096;
const MOST_FILLED = 0.5;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function createTextTable(): TextTable {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  let hashes = new Uint32Array(3 * INITIAL_PLACES);
  // Spellings in bytes: open addressing over [hash, start, length, number + 1]. Several may spell one text, badly.
  let places = INITIAL_PLACES;
  let spelled = new Int32Array(4 * places);
  let spellings = 0;
  let known = new Uint8Array(INITIAL_BYTES);
  let knownEnd = 0;

  const add = (text: string): number => {
    const number = texts.length;
    texts.push(text);
    numbers.set(text, number);
    if (3 * texts.length > hashes.length) {
      const wider = new Uint32Array(hashes.length * 2);
      wider.set(hashes);
      hashes = wider;
    }
    hashes[3 * number] = hashText(text);
    hashes[3 * number + 1] = hashText(text, 0x2545f491);
    hashes[3 * number + 2] = mix32(hashText(text, 0x27d4eb2f) ^ 0x165667b1);
    return number;
  };

  const of = (text: string): number => numbers.get(text) ?? add(text);

  const grow = (): void => {
    const old = spelled;
    places *= 2;
    spelled = new Int32Array(4 * places);
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 3] === 0) continue;
      let place = old[from]! & (places - 1);
      while (spelled[4 * place + 3] !== 0) place = (place + 1) & (places - 1);
      for (let i = 0; i < 4; i++) spelled[4 * place + i] = old[from + i]!;
    }
  };

  const keep = (bytes: Uint8Array, start: number, end: number): number => {
    const at = knownEnd;
    while (known.length < at + end - start) {
      const longer = new Uint8Array(known.length * 2);
      longer.set(known);
      known = longer;
    }
    known.set(bytes.subarray(start, end), at);
    knownEnd += end - start;
    return at;
  };

  const spell = (bytes: Uint8Array, start: number, end: number, hash: number): number => {
    if (spellings >= places * MOST_FILLED) grow();
    const number = of(utf8.decode(bytes.subarray(start, end)));
    let place = hash & (places - 1);
    while (spelled[4 * place + 3] !== 0) place = (place + 1) & (places - 1);
    spelled[4 * place] = hash;
    spelled[4 * place + 1] = keep(bytes, start, end);
    spelled[4 * place + 2] = end - start;
    spelled[4 * place + 3] = number + 1;
    spellings += 1;
    return number;
  };

  return {
    of,
    find: (text) => numbers.get(text) ?? -1,
    ofBytes(bytes, start, end) {
      let hash = end - start;
      for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
      const length = end - start;
      for (let place = hash & (places - 1); ; place = (place + 1) & (places - 1)) {
        const at = 4 * place;
        const number = spelled[at + 3]!;
        if (number === 0) return spell(bytes, start, end, hash);
        if (spelled[at] !== hash || spelled[at + 2] !== length) continue;
        const from = spelled[at + 1]!;
        let i = 0;
        while (i < length && known[from + i] === bytes[start + i]) i++;
        if (i === length) return number - 1;
      }
    },
    text: (number) => texts[number]!,
    hash: (number) => hashes[3 * number]!,
    low: (number) => hashes[3 * number + 1]!,
    high: (number) => hashes[3 * number + 2]!,
    size: () => texts.length,
  };
}
