/**
 * Short typed arrays for whoever asks to keep, cut from longer ones. An array of more than 64 bytes of its own lies outside of
 * the heap: it takes some 20 times as long to make, and the collector comes sooner for it. Each cut is zeros, and of nobody
 * else; as long as one is kept, all of its slab is.
 */
const SLAB_BYTES = 64 * 1024;
/** Longer ones are made by themselves: what is left over of a slab is lost. */
const MOST_BYTES = SLAB_BYTES / 16;
const BYTES = 4;

let slab = new ArrayBuffer(SLAB_BYTES);
let used = 0;

/** Says where `bytes` lie in the slab, which is another where this one has no room for them. */
function take(bytes: number): number {
  if (used + bytes > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    used = 0;
  }
  const at = used;
  used += bytes;
  return at;
}

export function cutUint32(length: number): Uint32Array {
  const bytes = length * BYTES;
  if (bytes > MOST_BYTES) return new Uint32Array(length);
  const at = take(bytes);
  return new Uint32Array(slab, at, length);
}

export function cutFloat32(length: number): Float32Array {
  const bytes = length * BYTES;
  if (bytes > MOST_BYTES) return new Float32Array(length);
  const at = take(bytes);
  return new Float32Array(slab, at, length);
}
