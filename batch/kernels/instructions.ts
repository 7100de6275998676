/**
 * Instructions as expressions: each function gives the bytes that leave its value on the stack, or, for statements, nothing.
 * Names are those of the specification where it has one.
 */
import { signed, unsigned, type Code, type ValueType, type WasmFunction } from './encoding.ts';

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

const local = (index: number): Local => ({
  get: [0x20, ...unsigned(index)],
  set: (value) => [...value, 0x21, ...unsigned(index)],
});

export interface FunctionBuilder<P extends string> {
  readonly params: Readonly<Record<P, Local>>;
  /** New locals of one type. */
  locals(type: ValueType, count: number): readonly Local[];
  local(type: ValueType): Local;
  end(body: Code): WasmFunction;
}

/** Begins a function whose parameters are named and typed in order. */
export function beginFunction<P extends string>(
  name: string,
  parameters: Readonly<Record<P, ValueType>>,
): FunctionBuilder<P> {
  const names = Object.keys(parameters) as P[];
  const types: ValueType[] = [];
  const one = (type: ValueType): Local => local(names.length + types.push(type) - 1);
  return {
    params: Object.fromEntries(names.map((each, index) => [each, local(index)])) as Record<P, Local>,
    local: one,
    locals: (type, count) => Array.from({ length: count }, () => one(type)),
    end: (body) => ({ name, params: names.map((each) => parameters[each]), locals: types, body }),
  };
}

export const block = (...codes: readonly Code[]): Code => codes.flat();

const binary =
  (...op: readonly number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...op];
const unary =
  (...op: readonly number[]) =>
  (a: Code): Code => [...a, ...op];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: (at: Code, offset = 0): Code => [...at, 0x28, 2, ...unsigned(offset)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  shl: (a: Code, bits: number): Code => [...a, 0x41, ...signed(bits), 0x74],
  ltU: binary(0x49),
  gtU: binary(0x4b),
  ne: binary(0x47),
} as const;

export const f32 = {
  const: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  load: (at: Code, offset = 0): Code => [...at, 0x2a, 2, ...unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [...at, ...value, 0x38, 2, ...unsigned(offset)],
  add: binary(0x92),
  sub: binary(0x93),
  mul: binary(0x94),
  div: binary(0x95),
  abs: unary(0x8b),
  sqrt: unary(0x91),
  gt: binary(0x5e),
  ge: binary(0x60),
  /** `a` where the condition holds, else `b`; both are computed. */
  select: (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b],
} as const;

const simd = (op: number): Code => [0xfd, ...unsigned(op)];
const RELAXED = { madd: 0x105, nmadd: 0x106 } as const;

export const v128 = {
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)] as Code,
  load: (at: Code, offset = 0): Code => [...at, ...simd(0x00), 4, ...unsigned(offset)],
  load32Splat: (at: Code, offset = 0): Code => [...at, ...simd(0x09), 2, ...unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [
    ...at,
    ...value,
    ...simd(0x0b),
    4,
    ...unsigned(offset),
  ],
  /** Lanes of `a` are 0 to 3, those of `b` 4 to 7. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [
    ...a,
    ...b,
    ...simd(0x0d),
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  ],
} as const;

/** `fused`: a product is added with one rounding where the machine can (relaxed SIMD); otherwise with two, on every machine. */
export const createVectorMaths = (fused: boolean) =>
  ({
    splat: unary(...simd(0x13)),
    lane: (a: Code, index: number): Code => [...a, ...simd(0x1f), index],
    add: binary(...simd(0xe4)),
    sub: binary(...simd(0xe5)),
    mul: binary(...simd(0xe6)),
    /** c + a·b */
    madd: (a: Code, b: Code, c: Code): Code =>
      fused ? [...a, ...b, ...c, ...simd(RELAXED.madd)] : [...c, ...a, ...b, ...simd(0xe6), ...simd(0xe4)],
    /** c − a·b */
    nmadd: (a: Code, b: Code, c: Code): Code =>
      fused ? [...a, ...b, ...c, ...simd(RELAXED.nmadd)] : [...c, ...a, ...b, ...simd(0xe6), ...simd(0xe5)],
  }) as const;
export type VectorMaths = ReturnType<typeof createVectorMaths>;

/** Does the body, and again while the condition holds. */
export const doWhile = (body: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...body,
  ...condition,
  0x0d,
  0,
  0x0b,
];

export const when = (condition: Code, body: Code, otherwise: Code = []): Code => [
  ...condition,
  0x04,
  0x40,
  ...body,
  ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
  0x0b,
];

/** `variable` += `bytes` */
export const advance = (variable: Local, bytes: number): Code =>
  variable.set(i32.add(variable.get, i32.const(bytes)));
