/** Which partition a key goes to: Kafka's own default (murmur2 of the key's bytes), so that every client agrees. */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2 as in Kafka's `Utils.murmur2`, a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    word = Math.imul(word, M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = length - at;
  if (rest === 3) hash ^= (bytes[at + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[at + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[at] as number), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key among `partitions`. */
export function partitionOfKey(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? bytesOf(key) : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

const SHORT = 64;
const scratch = new Uint8Array(SHORT);
const views = Array.from({ length: SHORT + 1 }, (_, length) => scratch.subarray(0, length));

/** UTF-8 of a key; a short ASCII one is written where nothing needs to be allocated, good until the next call. */
function bytesOf(key: string): Uint8Array {
  if (key.length > SHORT) return Buffer.from(key);
  for (let i = 0; i < key.length; i += 1) {
    const code = key.charCodeAt(i);
    if (code > 127) return Buffer.from(key);
    scratch[i] = code;
  }
  return views[key.length] as Uint8Array;
}
