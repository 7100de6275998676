/** 32-bit hashing in plain arithmetic (the finaliser of MurmurHash3, Appleby 2011), for slots and order-free digests. */

export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hash of a text (UTF-16 units), unsigned 32 bits. */
export function hashText(text: string, seed = 0): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) + 0x9e3779b9;
  return mix32(h ^ text.length);
}

/** Folds a non-negative integer below 2^53 into a hash. */
export function hashInteger(h: number, value: number): number {
  return mix32(mix32(h ^ (value >>> 0)) ^ (Math.floor(value / 0x1_0000_0000) | 0));
}
