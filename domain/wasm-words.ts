/**
 * The words of WebAssembly (WebAssembly 2.0, section 5) that kernels in domain are written with, as bytes: domain has no
 * packages, and this is all that it needs of a compiler. Alignments are of floats of 32 bits, which any wider may have.
 */

/** As much of the JavaScript interface of WebAssembly as is used; the types that come with Node have none of it. */
interface WebAssemblyNamespace {
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a whole number from 0 on. */
function positive(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...positive(value >>> 7)];
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const text = (value: string): number[] => sized(Array.from(value, (character) => character.charCodeAt(0)));

export const I32 = 0x7f;
export const V128 = 0x7b;
export const END = 0x0b;
export const LOOP = [0x03, 0x40];
export const REPEAT_IF = [0x0d, 0];
export const ADD = 0x6a;
export const IS_BELOW = 0x49;
export const FLOATS = {
  add: [0xfd, 0xe4, 0x01],
  subtract: [0xfd, 0xe5, 0x01],
  multiply: [0xfd, 0xe6, 0x01],
  isAtLeast: [0xfd, 0x46],
  fromWhole: [0xfd, 0xfa, 0x01],
} as const;
export const DOUBLES = { add: [0xfd, 0xf0, 0x01], multiply: [0xfd, 0xf2, 0x01] } as const;
/** Of whole numbers of 32 bits in a vector: a bit for each that is below 0. */
export const SIGN_BITS = [0xfd, 0xa4, 0x01];
/**
 * Adds the products of bytes, four by four, to whole numbers of 32 bits (relaxed vectors, WebAssembly 3.0): the same on every
 * machine where the second operand's bytes are from 0 to 127.
 */
export const ADD_BYTE_PRODUCTS = [0xfd, 0x93, 0x02];
/** Takes 32-bit lanes of two vectors, those of the second by 4 to 7. */
export const shuffleLanes = (...lanes: readonly [number, number, number, number]): number[] => [
  ...[0xfd, 0x0d],
  ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
];
export const loadAt = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
export const store = (offset: number): number[] => [0x36, 2, ...unsigned(offset)];
export const loadSplat = (offset: number): number[] => [0xfd, 0x09, 2, ...unsigned(offset)];
export const OR = 0x72;
export const SHIFT_LEFT = 0x74;
export const IS_NOT = 0x47;
export const ZERO_VECTOR = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)];
export const loadVector = (offset: number): number[] => [0xfd, 0x00, 2, ...unsigned(offset)];
export const LOAD_SPLAT = [0xfd, 0x09, 2, 0];
export const storeVector = (offset: number): number[] => [0xfd, 0x0b, 2, ...unsigned(offset)];
export const get = (local: number): number[] => [0x20, local];
export const set = (local: number): number[] => [0x21, local];
export const tee = (local: number): number[] => [0x22, local];
export const constant = (value: number): number[] => [0x41, ...positive(value)];
export const advance = (local: number, bytes: number): number[] => [...get(local), ...constant(bytes), ADD];

/** A module with one function `run` of so many 32-bit whole numbers; `locals` are (how many, of what type) in turns. */
export const moduleOf = (
  parameters: number,
  locals: readonly number[],
  body: readonly number[],
): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, ...Array.from('asm', (character) => character.charCodeAt(0)), 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...Array.from({ length: parameters }, () => I32), 0]),
    ...section(2, [1, ...text('env'), ...text('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0, 0]),
    ...section(10, [1, ...sized([locals.length / 2, ...locals, ...body, END])]),
  ]);

export interface WasmFunction {
  readonly buffer: ArrayBuffer;
  /** Addresses in bytes. */
  readonly run: (...addresses: number[]) => void;
}

/** The function of a module over at least so much memory, all zeros; undefined on a machine without such vectors. */
export function instantiate(module: Uint8Array<ArrayBuffer>, bytes: number): WasmFunction | undefined {
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: WebAssemblyNamespace };
  if (wasm?.validate(module) !== true) return undefined;
  const memory = new wasm.Memory({ initial: Math.max(1, Math.ceil(bytes / 65_536)) });
  const { exports } = new wasm.Instance(new wasm.Module(module), { env: { memory } });
  return { buffer: memory.buffer, run: (exports as Pick<WasmFunction, 'run'>).run };
}
