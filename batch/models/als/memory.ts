import { createKernelMemory, MAXIMUM_PAGES, PAGE_BYTES } from '../../kernels/kernels.ts';
import type { SharedMemory } from '../../kernels/web-assembly.ts';
import { refuse } from './settings.ts';

/** A place in the shared memory, in bytes; a multiple of 64. */
export type Address = number;

const LINE_BYTES = 64;

/** What an allocation of this many bytes takes. */
export const allocated = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES + LINE_BYTES;

/** Memory that kernels on several threads work on. Its size is fixed when it is made, so views of it stay valid. */
export interface Arena {
  readonly memory: SharedMemory;
  readonly floats: Float32Array;
  readonly words: Uint32Array;
  /** Zeros. */
  allocate(bytes: number): Address;
  put(values: Float32Array | Uint32Array): Address;
  floatsAt(address: Address, length: number): Float32Array;
  wordsAt(address: Address, length: number): Uint32Array;
}

/** `bytes` is the sum of `allocated` of all that will be put. MODEL_INPUT_INVALID where that is more than 4 GiB. */
export function createArena(bytes: number): Arena {
  const most = (MAXIMUM_PAGES - 1) * PAGE_BYTES;
  if (bytes > most)
    refuse(`it takes ${bytes} bytes at once, and ${most} is the most; train it in more shards`);
  const memory = createKernelMemory(bytes);
  const { buffer } = memory;
  const end = PAGE_BYTES + bytes;
  let next = PAGE_BYTES;
  const allocate = (size: number): Address => {
    const address = next;
    next += allocated(size);
    // Not the buffer's size, which is whole pages: what was not reckoned with must show whatever the size.
    if (next > end) throw new RangeError(`${next - PAGE_BYTES} bytes were put where ${bytes} were asked for`);
    return address;
  };
  const floats = new Float32Array(buffer);
  const words = new Uint32Array(buffer);
  return {
    memory,
    floats,
    words,
    allocate,
    put(values) {
      const address = allocate(values.byteLength);
      if (values instanceof Float32Array) floats.set(values, address / 4);
      else words.set(values, address / 4);
      return address;
    },
    floatsAt: (address, length) => new Float32Array(buffer, address, length),
    wordsAt: (address, length) => new Uint32Array(buffer, address, length),
  };
}
