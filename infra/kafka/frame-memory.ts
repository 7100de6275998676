/**
 * Memory for large answers, used again once everyone who read in it has said so. Fresh memory for each answer costs more
 * than reading it: the runtime collects garbage for every few dozen megabytes of buffers, however few objects there are.
 */

/** One piece of memory with an answer in it. */
interface Lease {
  readonly pool: FrameMemory;
  readonly memory: Buffer;
  /** Who still reads in it; NaN once somebody does who will never say that he is done. */
  readers: number;
}

const leases = new WeakMap<ArrayBufferLike, Lease>();

/** Smaller answers are not worth keeping. */
const SMALLEST_BYTES = 1 << 16;
/** Answers of about the same size fit into the same memory. */
const STEP_BYTES = 1 << 18;
/** One that is read, one that comes, and one to spare. */
const MOST_KEPT = 3;

/** The memory of one connection; what is kept goes with it. */
export interface FrameMemory {
  readonly free: Buffer[];
}

export function createFrameMemory(): FrameMemory {
  return { free: [] };
}

/** Exactly `size` bytes, whatever they hold. */
export function takeMemory(pool: FrameMemory, size: number): Buffer {
  if (size < SMALLEST_BYTES) return Buffer.allocUnsafeSlow(size);
  const found = pool.free.findIndex(({ length }) => length >= size);
  const [memory] =
    found >= 0
      ? pool.free.splice(found, 1)
      : [Buffer.allocUnsafeSlow(Math.ceil(size / STEP_BYTES) * STEP_BYTES)];
  leases.set(memory!.buffer, { pool, memory: memory!, readers: 0 });
  return memory!.subarray(0, size);
}

/** Notes one who reads in this answer and will say when he is done; answers how to say it, which counts once. */
export function holdMemory(bytes: Buffer): () => void {
  const lease = leases.get(bytes.buffer);
  if (lease === undefined) return () => undefined;
  lease.readers += 1;
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    lease.readers -= 1;
    if (lease.readers === 0) giveBack(lease);
  };
}

/** This answer is read by somebody who keeps parts of it: its memory is not used again. */
export function keepMemory(bytes: Buffer): void {
  const lease = leases.get(bytes.buffer);
  if (lease !== undefined) lease.readers = NaN;
}

/** The largest are kept, so that a pool full of small ones does not stay so. */
function giveBack({ pool, memory }: Lease): void {
  leases.delete(memory.buffer);
  pool.free.push(memory);
  if (pool.free.length <= MOST_KEPT) return;
  pool.free.sort((a, b) => b.length - a.length).pop();
}
