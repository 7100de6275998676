/** Where keys of 64 bits stand in a list: open addressing, a slot holding a place and 1. */

export interface KeyIndex {
  /** The place of each. Throws RangeError for a key that is not in the list. */
  placesOf(keys: BigUint64Array): Int32Array<ArrayBuffer>;
}

/** The halves of keys, the lower one first. */
export const wordsOf = ({ buffer, byteOffset, length }: BigUint64Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length * 2);

/** Undefined where a key is there twice. */
export function createKeyIndex(listed: BigUint64Array): KeyIndex | undefined {
  const known = wordsOf(listed);
  const mask = (1 << Math.max(4, 33 - Math.clz32(listed.length))) - 1;
  const slots = new Int32Array(mask + 1);
  /** The slot that holds the key, or the empty one that would. */
  const slotOf = (low: number, high: number): number => {
    let slot = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    for (;;) {
      const place = slots[slot]! - 1;
      if (place < 0 || (known[2 * place] === low && known[2 * place + 1] === high)) return slot;
      slot = (slot + 1) & mask;
    }
  };
  for (let place = 0; place < listed.length; place++) {
    const slot = slotOf(known[2 * place]!, known[2 * place + 1]!);
    if (slots[slot] !== 0) return undefined;
    slots[slot] = place + 1;
  }
  return {
    placesOf(keys) {
      const words = wordsOf(keys);
      const places = new Int32Array(keys.length);
      for (let i = 0; i < places.length; i++) {
        const place = slots[slotOf(words[2 * i]!, words[2 * i + 1]!)]! - 1;
        if (place < 0) throw new RangeError(`key ${keys[i]} is not in the list`);
        places[i] = place;
      }
      return places;
    },
  };
}
