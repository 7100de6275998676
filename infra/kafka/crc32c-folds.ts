/**
 * Shortens a message without changing its CRC-32C, sixteen bytes a step and without tables or carry-less products
 * (after Russell, "Chorba: A novel CRC32 implementation", 2024). Where a sum of few powers of x is a multiple of the
 * checksum's polynomial, a bit may be moved from the front of the message to the places behind it that the others name. The
 * eighth power of the sum is one too, so that bits stand for bytes and whole vectors move at once.
 */

/** x^5275 + x^4508 + x^2751 + 1: the shortest of four terms. */
const FAR = [5275, 4508, 2751, 0];
/** x^209 + x^144 + x^54 + x^39 + x^14 + 1: of six terms, with more than a step between the first two. */
const NEAR = [209, 144, 54, 39, 14, 0];

const VECTOR_BYTES = 16;
const STEP_BYTES = 64;
const BLOCK_BYTES = 1 << 16;
const PAGES = 2;
/** The most that `shorten` leaves. */
export const SHORTENED_BYTES = 209 + STEP_BYTES;

/** The part of WebAssembly in use here: the compiler knows it for browsers only. */
interface WasmModules {
  validate(code: Uint8Array): boolean;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  far(from: number, until: number): void;
  near(from: number, until: number): void;
}

export interface Folds {
  /**
   * A message at most `SHORTENED_BYTES` long whose checksum, begun with 0 instead of −1, is that of the given one, which
   * has at least four bytes. It is overwritten by the next call.
   */
  shorten(bytes: Uint8Array, start: number, end: number): Uint8Array;
}

/** Undefined where WebAssembly or its vectors are missing. */
export function createFolds(): Folds | undefined {
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly?: WasmModules };
  const code = new Uint8Array(moduleBytes());
  if (wasm?.validate(code) !== true) return undefined;
  const { far, near, memory } = new wasm.Instance(new wasm.Module(code)).exports as Kernel;
  const room = new Uint8Array(memory.buffer);
  /** Folds as many whole steps as leave the places behind them within the message; returns where the rest begins. */
  const fold = (by: typeof far, reach: number, length: number): number => {
    const until = Math.max(0, Math.floor((length - reach) / STEP_BYTES) * STEP_BYTES);
    by(0, until);
    return until;
  };
  return {
    shorten(bytes, start, end) {
      let length = 0;
      for (let at = start; at < end; at += BLOCK_BYTES) {
        const block = bytes.subarray(at, Math.min(end, at + BLOCK_BYTES));
        room.set(block, length);
        if (at === start) for (let i = 0; i < 4; i += 1) room[i] = (room[i] as number) ^ 0xff;
        length += block.length;
        const folded = fold(far, FAR[0] as number, length);
        room.copyWithin(0, folded, length);
        length -= folded;
      }
      return room.subarray(fold(near, NEAR[0] as number, length), length);
    },
  };
}

/** A module with one memory and the two folds, each a function of where to begin and where to stop. */
function moduleBytes(): number[] {
  const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
  const section = (id: number, ...content: number[]): number[] => [
    id,
    ...unsigned(content.length),
    ...content,
  ];
  const sized = (body: number[]): number[] => [...unsigned(body.length), ...body];
  return [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, 0x7f, 0x7f, 0),
    ...section(3, 2, 0, 0),
    ...section(5, 1, 0, PAGES),
    ...section(7, 3, ...text('far'), 0, 0, ...text('near'), 0, 1, ...text('memory'), 2, 0),
    ...section(10, 2, ...sized(foldBody(FAR)), ...sized(foldBody(NEAR))),
  ];
}

/** `do { for each vector v of a step, for each distance d: memory[at + d] ^= v; at += step } while (at < until)` */
function foldBody([first = 0, ...others]: readonly number[]): number[] {
  const [at, until, vector] = [0, 1, 2];
  const get = (local: number): number[] => [0x20, local];
  const memory = (operation: number, offset: number): number[] => [0xfd, operation, 0, ...unsigned(offset)];
  const [load, store, xor] = [0x00, 0x0b, [0xfd, 0x51]];
  const step: number[] = [];
  for (let place = 0; place < STEP_BYTES; place += VECTOR_BYTES) {
    step.push(...get(at), ...memory(load, place), 0x21, vector);
    for (const other of others) {
      const target = place + first - other;
      step.push(
        ...get(at),
        ...get(at),
        ...memory(load, target),
        ...get(vector),
        ...xor,
        ...memory(store, target),
      );
    }
  }
  const advance = [...get(at), 0x41, 0xc0, 0x00, 0x6a, 0x22, at];
  return [
    ...[1, 1, 0x7b],
    // block: leave when there is nothing to do; loop: again while before the end.
    ...[0x02, 0x40, ...get(at), ...get(until), 0x4f, 0x0d, 0],
    ...[0x03, 0x40, ...step, ...advance, ...get(until), 0x49, 0x0d, 0, 0x0b],
    ...[0x0b, 0x0b],
  ];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}
