/**
 * The inner loop of scoring as a WebAssembly module with 128-bit vectors (WebAssembly 2.0, sections 5.4 and 5.5), written
 * out as bytes: domain has no packages, and this is all that it needs of a compiler.
 */

/** Titles scored at once: four vectors of four. */
export const LANES = 16;
const VECTORS = 4;
const VECTOR_BYTES = 16;

/** As much of the JavaScript interface of WebAssembly as is used; the types that come with Node have none of it. */
interface WebAssemblyNamespace {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

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

/** A kernel with at least so much memory, all zeros; undefined on a machine without such vectors. */
export function createScoringKernel(bytes: number): ScoringKernel | undefined {
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: WebAssemblyNamespace };
  if (wasm?.validate(MODULE) !== true) return undefined;
  const memory = new wasm.Memory({ initial: Math.max(1, Math.ceil(bytes / 65_536)) });
  const { exports } = new wasm.Instance(new wasm.Module(MODULE), { env: { memory } });
  return { buffer: memory.buffer, scoreBlocks: (exports as { scoreBlocks: ScoreBlocks }).scoreBlocks };
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const text = (value: string): number[] => sized(Array.from(value, (character) => character.charCodeAt(0)));

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;
const LOOP = [0x03, 0x40];
const REPEAT_IF = [0x0d, 0];
const ADD = 0x6a;
const IS_BELOW = 0x49;
const MULTIPLY_VECTORS = [0xfd, 0xe6, 0x01];
const ADD_VECTORS = [0xfd, 0xe4, 0x01];
const ZERO_VECTOR = [0xfd, 0x0c, ...Array.from({ length: VECTOR_BYTES }, () => 0)];
/** Alignment 4, then the offset. */
const loadVector = (offset: number): number[] => [0xfd, 0x00, 2, ...unsigned(offset)];
const loadSplat = [0xfd, 0x09, 2, 0];
const storeVector = (offset: number): number[] => [0xfd, 0x0b, 2, ...unsigned(offset)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
/** Signed LEB128 of two bytes, for 0 to 8191. */
const constant = (value: number): number[] => [0x41, (value & 0x7f) | 0x80, value >> 7];
const advance = (local: number, bytes: number): number[] => [...get(local), ...constant(bytes), ADD];

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
  ...[...get(AT), ...loadSplat, ...set(FACTOR)],
  ...SUMS.flatMap((sum, vector) => [
    ...[...get(sum), ...get(FACTOR), ...get(ITEMS), ...loadVector(vector * VECTOR_BYTES)],
    ...[...MULTIPLY_VECTORS, ...ADD_VECTORS, ...set(sum)],
  ]),
  ...[...advance(ITEMS, BLOCK_BYTES), ...set(ITEMS)],
  ...[...advance(AT, FLOAT_BYTES), ...tee(AT), ...get(QUERY_END), IS_BELOW, ...REPEAT_IF],
  END,
  ...SUMS.flatMap((sum, vector) => [...get(OUT), ...get(sum), ...storeVector(vector * VECTOR_BYTES)]),
  ...[...advance(OUT, BLOCK_BYTES), ...tee(OUT), ...get(OUT_END), IS_BELOW, ...REPEAT_IF],
  END,
  END,
];

const LOCALS = [3, SUMS.length, V128, 1, V128, 1, I32];
const MODULE = Uint8Array.from([
  ...[0x00, ...Array.from('asm', (character) => character.charCodeAt(0)), 1, 0, 0, 0],
  ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
  ...section(2, [1, ...text('env'), ...text('memory'), 2, 0, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text('scoreBlocks'), 0, 0]),
  ...section(10, [1, ...sized([...LOCALS, ...BODY])]),
]);
