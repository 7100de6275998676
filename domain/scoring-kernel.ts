/** The inner loop of scoring as a WebAssembly module with 128-bit vectors (WebAssembly 2.0, sections 5.4 and 5.5). */
import {
  END,
  FLOATS,
  I32,
  IS_BELOW,
  LOAD_SPLAT,
  LOOP,
  REPEAT_IF,
  V128,
  ZERO_VECTOR,
  advance,
  get,
  instantiate,
  loadVector,
  moduleOf,
  set,
  storeVector,
  tee,
} from './wasm-words.ts';

/** Titles scored at once: four vectors of four. */
export const LANES = 16;
const VECTORS = 4;
const VECTOR_BYTES = 16;

/** Addresses in bytes. Blocks lie at `items`, each `LANES` floats for each factor; scores go to [out, outEnd). */
export type ScoreBlocks = (
  query: number,
  items: number,
  out: number,
  outEnd: number,
  queryEnd: number,
) => void;

export interface ScoringKernel {
  readonly buffer: ArrayBuffer;
  readonly scoreBlocks: ScoreBlocks;
}

const [QUERY, ITEMS, OUT, OUT_END, QUERY_END] = [0, 1, 2, 3, 4] as const;
const SUMS = [5, 6, 7, 8] as const;
const [FACTOR, AT] = [9, 10] as const;
const FLOAT_BYTES = 4;
const BLOCK_BYTES = VECTORS * VECTOR_BYTES;

/** For each block: sums ← 0; for each factor: sums ← sums + factor · the block's values of it; store. */
const BODY = [
  ...LOOP,
  ...SUMS.flatMap((sum) => [...ZERO_VECTOR, ...set(sum)]),
  ...[...get(QUERY), ...set(AT)],
  ...LOOP,
  ...[...get(AT), ...LOAD_SPLAT, ...set(FACTOR)],
  ...SUMS.flatMap((sum, vector) => [
    ...[...get(sum), ...get(FACTOR), ...get(ITEMS), ...loadVector(vector * VECTOR_BYTES)],
    ...[...FLOATS.multiply, ...FLOATS.add, ...set(sum)],
  ]),
  ...[...advance(ITEMS, BLOCK_BYTES), ...set(ITEMS)],
  ...[...advance(AT, FLOAT_BYTES), ...tee(AT), ...get(QUERY_END), IS_BELOW, ...REPEAT_IF],
  END,
  ...SUMS.flatMap((sum, vector) => [...get(OUT), ...get(sum), ...storeVector(vector * VECTOR_BYTES)]),
  ...[...advance(OUT, BLOCK_BYTES), ...tee(OUT), ...get(OUT_END), IS_BELOW, ...REPEAT_IF],
  END,
];

const MODULE = moduleOf(5, [SUMS.length, V128, 1, V128, 1, I32], BODY);

/** A kernel with at least so much memory, all zeros; undefined on a machine without such vectors. */
export function createScoringKernel(bytes: number): ScoringKernel | undefined {
  const instance = instantiate(MODULE, bytes);
  return instance && { buffer: instance.buffer, scoreBlocks: instance.run };
}
