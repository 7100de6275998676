/**
 * Dot products of single rows with a query as a WebAssembly module: four factors of eight rows are turned so that a vector has
 * one factor of four rows, and each row is summed factor by factor, as domain/title-scores.ts does it.
 */
import {
  ADD,
  END,
  FLOATS,
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
  loadAt,
  loadSplat,
  loadVector,
  moduleOf,
  set,
  shuffleLanes,
  storeVector,
  tee,
} from '../wasm-words.ts';

/** Rows that are scored at once: as many as have sums that do not wait for each other. */
export const LISTED = 8;
const HALF = 4;
/** Factors of a row are padded with zeros to a multiple of this. */
export const PADDED = 4;

/**
 * Addresses in bytes. At [list, listEnd) are the addresses of rows, a multiple of `LISTED`; scores go to `out`, in their order.
 */
export type ScoreListed = (
  list: number,
  listEnd: number,
  out: number,
  query: number,
  queryEnd: number,
) => void;

export interface ListedKernel {
  readonly buffer: ArrayBuffer;
  readonly score: ScoreListed;
}

const [LIST, LIST_END, OUT, QUERY, QUERY_END] = [0, 1, 2, 3, 4] as const;
const SUMS = [5, 6] as const;
const [A, B, C, D] = [7, 8, 9, 10] as const;
const [LOW, HIGH, LOW_2, HIGH_2] = [11, 12, 13, 14] as const;
const ROWS = [15, 16, 17, 18, 19, 20, 21, 22] as const;
const [AT, OFFSET] = [23, 24] as const;
const FLOAT_BYTES = 4;

/** Adds factor `k` of four rows, which `from` has, times the query's. */
const addFactor = (sum: number, k: number, from: readonly number[]): number[] => [
  ...[...get(sum), ...from, ...get(AT), ...loadSplat(k * FLOAT_BYTES)],
  ...[...FLOATS.multiply, ...FLOATS.add, ...set(sum)],
];

const pair = (one: number, other: number, lanes: readonly [number, number, number, number]): number[] => [
  ...[...get(one), ...get(other), ...shuffleLanes(...lanes)],
];

const addHalf = (half: number): number[] => {
  const sum = SUMS[half]!;
  return [
    ...[A, B, C, D].flatMap((local, row) => [
      ...[...get(ROWS[half * HALF + row]!), ...get(OFFSET), ADD, ...loadVector(0), ...set(local)],
    ]),
    ...[...pair(A, B, [0, 4, 1, 5]), ...set(LOW), ...pair(A, B, [2, 6, 3, 7]), ...set(HIGH)],
    ...[...pair(C, D, [0, 4, 1, 5]), ...set(LOW_2), ...pair(C, D, [2, 6, 3, 7]), ...set(HIGH_2)],
    ...addFactor(sum, 0, pair(LOW, LOW_2, [0, 1, 4, 5])),
    ...addFactor(sum, 1, pair(LOW, LOW_2, [2, 3, 6, 7])),
    ...addFactor(sum, 2, pair(HIGH, HIGH_2, [0, 1, 4, 5])),
    ...addFactor(sum, 3, pair(HIGH, HIGH_2, [2, 3, 6, 7])),
  ];
};

const BODY = [
  ...LOOP,
  ...ROWS.flatMap((row, at) => [...get(LIST), ...loadAt(at * FLOAT_BYTES), ...set(row)]),
  ...SUMS.flatMap((sum) => [...ZERO_VECTOR, ...set(sum)]),
  ...[...get(QUERY), ...set(AT), ...constant(0), ...set(OFFSET)],
  ...LOOP,
  ...addHalf(0),
  ...addHalf(1),
  ...[...advance(OFFSET, PADDED * FLOAT_BYTES), ...set(OFFSET)],
  ...[...advance(AT, PADDED * FLOAT_BYTES), ...tee(AT), ...get(QUERY_END), IS_BELOW, ...REPEAT_IF],
  END,
  ...SUMS.flatMap((sum, half) => [...get(OUT), ...get(sum), ...storeVector(half * HALF * FLOAT_BYTES)]),
  ...[...advance(OUT, LISTED * FLOAT_BYTES), ...set(OUT)],
  ...[...advance(LIST, LISTED * FLOAT_BYTES), ...tee(LIST), ...get(LIST_END), IS_BELOW, ...REPEAT_IF],
  END,
];

const MODULE = moduleOf(5, [10, V128, ROWS.length + 2, I32], BODY);

/** A kernel with at least so much memory, all zeros; undefined on a machine without such vectors. */
export function createListedKernel(bytes: number): ListedKernel | undefined {
  const instance = instantiate(MODULE, bytes);
  return instance && { buffer: instance.buffer, score: instance.run };
}
