/**
 * Room for columns that are used for a moment and then written over: for every 64 MB of fresh arrays the runtime collects
 * all of its garbage, which took a sixth of a count.
 */
export interface Scratch {
  /** Each is of one kind, by its name, and valid until the name is asked for again. What it holds is left over. */
  uint32(name: string, size: number): Uint32Array<ArrayBuffer>;
  int32(name: string, size: number): Int32Array<ArrayBuffer>;
  int8(name: string, size: number): Int8Array<ArrayBuffer>;
  float64(name: string, size: number): Float64Array<ArrayBuffer>;
}

export function createScratch(): Scratch {
  const buffers = new Map<string, ArrayBuffer>();
  const room = (name: string, bytes: number): ArrayBuffer => {
    const held = buffers.get(name);
    if (held !== undefined && held.byteLength >= bytes) return held;
    // A little more, since the next day may be a little longer.
    const buffer = new ArrayBuffer(Math.ceil((bytes * 1.25) / 8) * 8);
    buffers.set(name, buffer);
    return buffer;
  };
  return {
    uint32: (name, size) => new Uint32Array(room(name, size * 4), 0, size),
    int32: (name, size) => new Int32Array(room(name, size * 4), 0, size),
    int8: (name, size) => new Int8Array(room(name, size), 0, size),
    float64: (name, size) => new Float64Array(room(name, size * 8), 0, size),
  };
}
