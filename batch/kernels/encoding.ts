/** Writes a WebAssembly module in its binary form (WebAssembly core specification 3.0, chapter 5), without a tool chain. */

/** Bytes of instructions. */
export type Code = readonly number[];

export const VALUE = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE;

export interface WasmFunction {
  /** As it is exported. */
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** Unsigned LEB128. */
export function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const more = rest > 0x7f ? 0x80 : 0;
    bytes.push((rest & 0x7f) | more);
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128. */
export function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const text = (value: string): Code => sized([...Buffer.from(value)]);
const section = (id: number, content: Code): Code => [id, ...sized(content)];

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION_TYPE = 0x60;
const SHARED_WITH_MAXIMUM = 0x03;
const MEMORY = 0x02;
const END = 0x0b;

/** A module of functions without results, exported by name, over one imported shared memory `env.memory`. */
export function encodeModule(
  functions: readonly WasmFunction[],
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [
    FUNCTION_TYPE,
    ...vector(params.map((type) => [VALUE[type]])),
    ...vector([]),
  ]);
  const limits = [SHARED_WITH_MAXIMUM, ...unsigned(1), ...unsigned(maximumPages)];
  const memory = [...text('env'), ...text('memory'), MEMORY, ...limits];
  const bodies = functions.map(({ locals, body }) =>
    sized([...vector(locals.map((type) => [...unsigned(1), VALUE[type]])), ...body, END]),
  );
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(SECTION.type, vector(types)),
    ...section(SECTION.import, vector([memory])),
    ...section(SECTION.function, vector(functions.map((_, i) => unsigned(i)))),
    ...section(SECTION.export, vector(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(SECTION.code, vector(bodies)),
  ]);
}
