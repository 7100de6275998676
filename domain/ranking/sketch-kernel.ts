/**
 * The inner loop of looking at sketches as a WebAssembly module with relaxed vectors: bounds of sixteen titles at a time from
 * factors of one byte, and which of them reach a threshold.
 */
import {
  ADD,
  ADD_BYTE_PRODUCTS,
  END,
  FLOATS,
  I32,
  IS_BELOW,
  IS_NOT,
  LOOP,
  OR,
  REPEAT_IF,
  SHIFT_LEFT,
  SIGN_BITS,
  V128,
  ZERO_VECTOR,
  advance,
  constant,
  get,
  instantiate,
  loadSplat,
  loadVector,
  moduleOf,
  set,
  store,
  storeVector,
  tee,
} from '../wasm-words.ts';

/** Titles of a block. */
export const BLOCK = 16;
/** Factors that are multiplied at once. */
export const GROUP = 4;
const VECTOR_BYTES = 16;
const VECTORS = 4;
/** Bytes of a block's factors, for each group of them: four of each title, title by title. */
export const GROUP_BYTES = BLOCK * GROUP;
/** Columns of a block, 32-bit floats, sixteen of each: what `upper` below is made of. */
export const COLUMNS = 5;
export const COLUMN_BYTES = COLUMNS * BLOCK * 4;
/** Floats at `constants`: one for each column, then the threshold; past them the kernel says where its pairs end. */
export const CONSTANTS = COLUMNS + 1;

/**
 * For blocks from `items` to `itemsEnd`: Σ is the product of the title's bytes with the query's, and
 *
 *   upper = a₀ Σ column₀ + a₁ column₁ + a₂ column₂ + a₃ column₃ + a₄ column₄
 *
 * goes to `upper`. A pair of 32-bit numbers goes to `pairs` for each block of which a title reaches the threshold: the
 * block, from `block` on, and a bit for each such title. Addresses in bytes; the query's bytes are from 0 to 127.
 */
export type LookAtBlocks = (
  items: number,
  itemsEnd: number,
  columns: number,
  upper: number,
  pairs: number,
  block: number,
  query: number,
  queryEnd: number,
  constants: number,
) => void;

export interface SketchKernel {
  readonly buffer: ArrayBuffer;
  readonly look: LookAtBlocks;
}

const [ITEMS, ITEMS_END, COLUMNS_AT, UPPER, PAIRS, NUMBER, QUERY, QUERY_END, CONSTANTS_AT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;
const SUMS = [9, 10, 11, 12] as const;
const FACTORS = [13, 14, 15, 16, 17] as const;
const [THRESHOLD, ASKED, BOUND] = [18, 19, 20] as const;
const [AT, BITS] = [21, 22] as const;
const PAIR_BITS = 3;

/** The vector-th quarter of a column of the block. */
const column = (which: number, vector: number): number[] => [
  ...[...get(COLUMNS_AT), ...loadVector((which * VECTORS + vector) * VECTOR_BYTES)],
];

const BODY = [
  ...FACTORS.flatMap((factor, at) => [...get(CONSTANTS_AT), ...loadSplat(4 * at), ...set(factor)]),
  ...[...get(CONSTANTS_AT), ...loadSplat(4 * COLUMNS), ...set(THRESHOLD)],
  ...LOOP,
  ...SUMS.flatMap((sum) => [...ZERO_VECTOR, ...set(sum)]),
  ...[...get(QUERY), ...set(AT)],
  ...LOOP,
  ...[...get(AT), ...loadSplat(0), ...set(ASKED)],
  ...SUMS.flatMap((sum, vector) => [
    ...[...get(ITEMS), ...loadVector(vector * VECTOR_BYTES), ...get(ASKED), ...get(sum)],
    ...[...ADD_BYTE_PRODUCTS, ...set(sum)],
  ]),
  ...[...advance(ITEMS, GROUP_BYTES), ...set(ITEMS)],
  ...[...advance(AT, GROUP), ...tee(AT), ...get(QUERY_END), IS_BELOW, ...REPEAT_IF],
  END,
  ...[...constant(0), ...set(BITS)],
  ...SUMS.flatMap((sum, vector) => [
    ...[...get(sum), ...FLOATS.fromWhole, ...get(FACTORS[0]), ...FLOATS.multiply],
    ...[...column(0, vector), ...FLOATS.multiply],
    ...[1, 2, 3, 4].flatMap((which) => [
      ...[...get(FACTORS[which]!), ...column(which, vector), ...FLOATS.multiply, ...FLOATS.add],
    ]),
    ...set(BOUND),
    ...[...get(UPPER), ...get(BOUND), ...storeVector(vector * VECTOR_BYTES)],
    ...[...get(BITS), ...get(BOUND), ...get(THRESHOLD), ...FLOATS.isAtLeast, ...SIGN_BITS],
    ...[...constant(4 * vector), SHIFT_LEFT, OR, ...set(BITS)],
  ]),
  ...[...get(PAIRS), ...get(NUMBER), ...store(0), ...get(PAIRS), ...get(BITS), ...store(4)],
  // A pair that says nothing is written over by the next.
  ...[
    ...get(PAIRS),
    ...get(BITS),
    ...constant(0),
    IS_NOT,
    ...constant(PAIR_BITS),
    SHIFT_LEFT,
    ADD,
    ...set(PAIRS),
  ],
  ...[...advance(NUMBER, 1), ...set(NUMBER), ...advance(COLUMNS_AT, COLUMN_BYTES), ...set(COLUMNS_AT)],
  ...[...advance(UPPER, 4 * BLOCK), ...set(UPPER)],
  ...[...get(ITEMS), ...get(ITEMS_END), IS_BELOW, ...REPEAT_IF],
  END,
  ...[...get(CONSTANTS_AT), ...get(PAIRS), ...store(4 * CONSTANTS)],
];

const MODULE = moduleOf(9, [SUMS.length + FACTORS.length + 3, V128, 2, I32], BODY);

/** A kernel with at least so much memory, all zeros; undefined on a machine without such vectors. */
export function createSketchKernel(bytes: number): SketchKernel | undefined {
  const instance = instantiate(MODULE, bytes);
  return instance && { buffer: instance.buffer, look: instance.run };
}
