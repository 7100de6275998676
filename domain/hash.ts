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

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** `hashText` of the text that the UTF-8 bytes [start, end) spell. */
export function hashUtf8(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let h = seed | 0;
  let all = 0;
  for (let i = start; i < end; i++) {
    const unit = bytes[i]!;
    all |= unit;
    h = Math.imul(h ^ unit, 0x01000193) + 0x9e3779b9;
  }
  if (all >= 0x80) return hashText(utf8.decode(bytes.subarray(start, end)), seed);
  return mix32(h ^ (end - start));
}

/** Folds a non-negative integer below 2^53 into a hash. */
export function hashInteger(h: number, value: number): number {
  const low = mix32(h ^ (value >>> 0));
  // Most values are small, and dividing is slow.
  return mix32(value < 0x1_0000_0000 ? low : low ^ Math.floor(value / 0x1_0000_0000));
}

/** Folds the measures at `base` into a hash: the ones that are not 0, which are few, each with its column. */
export function hashMeasures(h: number, measures: Float64Array, base: number, count: number): number {
  let hash = h;
  for (let m = 0; m < count; m++) {
    const value = measures[base + m]!;
    if (value === 0) continue;
    hash = mix32(Math.imul(hash ^ value, 0x9e3779b1) + m);
    if (value >= 0x1_0000_0000) hash = mix32(hash ^ Math.floor(value / 0x1_0000_0000));
  }
  return hash;
}

/**
 * Hash of a profile id (UTF-16 units): an integer below 2^52, the same in every process and release, since it is written
 * into records. Two lanes of multiply and xor that start and multiply differently (after cyrb53, bryc 2018), each
 * finished with the other's end, so that ids that meet in one lane part in the other.
 */
export function hashProfile(profileId: string): number {
  let low = LOW_START;
  let high = HIGH_START;
  for (let i = 0; i < profileId.length; i++) {
    const unit = profileId.charCodeAt(i);
    low = Math.imul(low ^ unit, LOW_FACTOR);
    high = Math.imul(high ^ unit, HIGH_FACTOR);
  }
  return finishProfile(low, high, profileId.length);
}

/** `hashProfile` of the id that the UTF-8 bytes [start, end) spell. */
export function hashProfileUtf8(bytes: Uint8Array, start: number, end: number): number {
  let low = LOW_START;
  let high = HIGH_START;
  let all = 0;
  for (let i = start; i < end; i++) {
    const unit = bytes[i]!;
    all |= unit;
    low = Math.imul(low ^ unit, LOW_FACTOR);
    high = Math.imul(high ^ unit, HIGH_FACTOR);
  }
  if (all >= 0x80) return hashProfile(utf8.decode(bytes.subarray(start, end)));
  return finishProfile(low, high, end - start);
}

const LOW_START = 0xdeadbeef | 0;
const HIGH_START = 0x41c6ce57;
const LOW_FACTOR = 0x9e3779b1;
const HIGH_FACTOR = 0x5f356495;

function finishProfile(low: number, high: number, length: number): number {
  const lowWord = mix32(low ^ Math.imul(high, 0x85ebca6b));
  const highBits = mix32(high ^ Math.imul(low, 0xc2b2ae35) ^ length) >>> 12;
  return highBits * 0x1_0000_0000 + lowWord;
}
