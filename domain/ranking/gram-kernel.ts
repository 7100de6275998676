/**
 * Inner products of a few rows with each other, which is what fold-in of few plays spends its time on: as a WebAssembly module
 * with vectors of two 64-bit floats where the machine has them, two rows by two at a time.
 */
import {
  ADD,
  DOUBLES,
  END,
  I32,
  IS_BELOW,
  LOOP,
  REPEAT_IF,
  V128,
  ZERO_VECTOR,
  advance,
  constant,
  get,
  instantiate,
  loadVector,
  moduleOf,
  set,
  storeVector,
  tee,
} from '../wasm-words.ts';

export interface GramKernel {
  /** Floats from one row to the next, at least the width; what lies beyond the width stays 0. */
  readonly stride: number;
  /** Row-major, room for as many rows as the width. */
  readonly rows: Float64Array;
  /** Writes the lower triangle of the first `count` rows' inner products, row-major with `count` columns. Allocates nothing. */
  gram(count: number, out: Float64Array): void;
}

export function createGramKernel(width: number): GramKernel {
  const stride = width + (width & 1);
  const held = stride * stride;
  // Four sums of two halves for each two rows; those of two rows with all before them lie side by side.
  const kernel = instantiate(moduleFor(stride), BYTES * (held + (stride / 2) * TILE));
  if (kernel === undefined) return createPlainGramKernel(width);
  const memory = new Float64Array(kernel.buffer);
  return {
    stride,
    rows: memory.subarray(0, held),
    gram(count, out) {
      if (count & 1) memory.fill(0, count * stride, (count + 1) * stride);
      for (let i = 0; i < count; i += 2) {
        kernel.run(BYTES * i * stride, 0, BYTES * held);
        for (let j = 0, at = held; j <= i; j += 2, at += TILE) {
          const to = i * count + j;
          out[to] = memory[at]! + memory[at + 1]!;
          out[to + 1] = memory[at + 2]! + memory[at + 3]!;
          if (i + 1 === count) continue;
          out[to + count] = memory[at + 4]! + memory[at + 5]!;
          out[to + count + 1] = memory[at + 6]! + memory[at + 7]!;
        }
      }
    },
  };
}

/** The same without vectors; the last bit may differ, since the sums are in another order. */
export function createPlainGramKernel(width: number): GramKernel {
  const rows = new Float64Array(width * width);
  return {
    stride: width,
    rows,
    gram(count, out) {
      for (let i = 0; i < count; i++)
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k < width; k++) sum += rows[i * width + k]! * rows[j * width + k]!;
          out[i * count + j] = sum;
        }
    },
  };
}

const BYTES = Float64Array.BYTES_PER_ELEMENT;
const VECTOR_BYTES = 16;
const TILE = 8;
const [ROW, OTHER, OUT] = [0, 1, 2] as const;
const SUMS = [3, 4, 5, 6] as const;
const LOADED = [7, 8, 9, 10] as const;
const AT = 11;

/** For each two rows from OTHER to ROW: sums ← 0; for each two factors: sums ← sums + row · other; store. */
function moduleFor(stride: number): Uint8Array<ArrayBuffer> {
  const rowBytes = BYTES * stride;
  const load = (local: number, row: number, offset: number): number[] => [
    ...[...get(row), ...get(AT), ADD, ...loadVector(offset), ...set(local)],
  ];
  const body = [
    ...LOOP,
    ...SUMS.flatMap((sum) => [...ZERO_VECTOR, ...set(sum)]),
    ...[...constant(0), ...set(AT)],
    ...LOOP,
    ...[...load(LOADED[0], ROW, 0), ...load(LOADED[1], ROW, rowBytes)],
    ...[...load(LOADED[2], OTHER, 0), ...load(LOADED[3], OTHER, rowBytes)],
    ...SUMS.flatMap((sum, tile) => [
      ...[...get(sum), ...get(LOADED[tile >> 1]!), ...get(LOADED[2 + (tile & 1)]!)],
      ...[...DOUBLES.multiply, ...DOUBLES.add, ...set(sum)],
    ]),
    ...[...advance(AT, VECTOR_BYTES), ...tee(AT), ...constant(rowBytes), IS_BELOW, ...REPEAT_IF],
    END,
    ...SUMS.flatMap((sum, tile) => [...get(OUT), ...get(sum), ...storeVector(tile * VECTOR_BYTES)]),
    ...[...advance(OUT, BYTES * TILE), ...set(OUT)],
    ...[...advance(OTHER, 2 * rowBytes), ...tee(OTHER), ...advance(ROW, 1), IS_BELOW, ...REPEAT_IF],
    END,
  ];
  return moduleOf(3, [SUMS.length + LOADED.length, V128, 1, I32], body);
}
