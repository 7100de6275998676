/**
 * Conjugate gradients for one row without building its matrix (Takács, Pilászy and Tikk 2011): the product with
 * base + λ + Σ |strength| · y yᵀ is taken entry by entry.
 */
import type { Code, WasmFunction } from './encoding.ts';
import { emitLaneSum } from './cholesky.ts';
import {
  advance,
  beginFunction,
  block,
  doWhile,
  f32,
  i32,
  v128,
  when,
  type FunctionBuilder,
  type Local,
  type VectorMaths,
} from './instructions.ts';

const ENTRIES_AT_ONCE = 4;

/**
 * `applyEntries(columns, strengths, count, source, vector, out, constant, slope, observed)`: out += Σ ((constant + slope · (y · vector)) · |strength| +
 * observed) · y, where constant and observed are 0 for strengths below 0.
 */
export function applyEntriesKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('applyEntries', {
    columns: 'i32',
    strengths: 'i32',
    count: 'i32',
    source: 'i32',
    vector: 'i32',
    out: 'i32',
    constant: 'f32',
    slope: 'f32',
    observed: 'f32',
  });
  const { columns, strengths, count, source, vector, out, constant, slope, observed } = f.params;
  const [end, wholeEnd] = f.locals('i32', 2) as [Local, Local];
  const rows = f.locals('i32', ENTRIES_AT_ONCE);
  const dots = f.locals('v128', ENTRIES_AT_ONCE);
  const value = f.local('v128');
  const strength = f.local('f32');
  const ifWatched = (code: Code): Code => f32.select(code, f32.const(0), f32.ge(strength.get, f32.const(0)));

  const entries = (many: number): Code => {
    const mine = rows.slice(0, many);
    const vectors = Array.from({ length: width / 4 }, (_, v) => v * 16);
    return block(
      ...mine.map((row, i) =>
        row.set(i32.add(source.get, i32.mul(i32.load(columns.get, i * 4), i32.const(stride)))),
      ),
      ...mine.map((_, i) => dots[i]!.set(v128.zero)),
      ...vectors.map((offset) =>
        block(
          value.set(v128.load(vector.get, offset)),
          ...mine.map((row, i) =>
            dots[i]!.set(maths.madd(v128.load(row.get, offset), value.get, dots[i]!.get)),
          ),
        ),
      ),
      ...mine.map((_, i) => {
        const affine = f32.add(ifWatched(constant.get), f32.mul(slope.get, emitLaneSum(maths, dots[i]!)));
        const factor = f32.add(f32.mul(affine, f32.abs(strength.get)), ifWatched(observed.get));
        return block(strength.set(f32.load(strengths.get, i * 4)), dots[i]!.set(maths.splat(factor)));
      }),
      ...vectors.map((offset) =>
        block(
          value.set(v128.load(out.get, offset)),
          ...mine.map((row, i) => value.set(maths.madd(v128.load(row.get, offset), dots[i]!.get, value.get))),
          v128.store(out.get, value.get, offset),
        ),
      ),
      advance(columns, many * 4),
      advance(strengths, many * 4),
    );
  };
  const loop = (many: number, until: Code): Code =>
    when(i32.ltU(columns.get, until), doWhile(entries(many), i32.ltU(columns.get, until)));
  return f.end(
    block(
      end.set(i32.add(columns.get, i32.shl(count.get, 2))),
      wholeEnd.set(i32.sub(end.get, i32.const((ENTRIES_AT_ONCE - 1) * 4))),
      loop(ENTRIES_AT_ONCE, wholeEnd.get),
      loop(1, end.get),
    ),
  );
}

/** `applyBase(base, vector, out, ridge, sign)`: out = sign · (base + ridge) · vector, for a base that is whole and symmetric. */
export function applyBaseKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('applyBase', { base: 'i32', vector: 'i32', out: 'i32', ridge: 'f32', sign: 'f32' });
  const { base, vector, out, ridge, sign } = f.params;
  const sums = f.locals('v128', 8);
  const [at, known, end] = f.locals('i32', 3) as [Local, Local, Local];
  const factor = f.local('v128');
  const group = (first: number, vectors: number): Code => {
    const mine = sums.slice(0, vectors);
    return block(
      ...mine.map((sum, v) =>
        sum.set(maths.mul(maths.splat(ridge.get), v128.load(vector.get, (first + v) * 16))),
      ),
      at.set(base.get),
      known.set(vector.get),
      doWhile(
        block(
          factor.set(v128.load32Splat(known.get)),
          ...mine.map((sum, v) =>
            sum.set(maths.madd(v128.load(at.get, (first + v) * 16), factor.get, sum.get)),
          ),
          advance(at, stride),
          advance(known, 4),
        ),
        i32.ltU(known.get, end.get),
      ),
      ...mine.map((sum, v) =>
        v128.store(out.get, maths.mul(sum.get, maths.splat(sign.get)), (first + v) * 16),
      ),
    );
  };
  const groups: Code[] = [];
  for (let first = 0; first < width / 4; first += 8)
    groups.push(group(first, Math.min(8, width / 4 - first)));
  return f.end(block(end.set(i32.add(vector.get, i32.const(stride))), ...groups));
}

/** Of a step: the vectors x (solution), r (residual), p (direction) and Ap lie one after the other from `state`. */
const STATE = ['solution', 'residual', 'direction', 'product'] as const;
const place = (name: (typeof STATE)[number], stride: number): number => STATE.indexOf(name) * stride;

/**
 * `step(state, squares)`: moves x and r along p, and p to the next direction. `squares` holds r · r, before and after. A residual of nothing
 * leaves all as it is.
 */
export function conjugateStepKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('conjugateStep', { state: 'i32', squares: 'i32' });
  const { state, squares } = f.params;
  const [before, after, size] = f.locals('f32', 3) as [Local, Local, Local];
  const along = f.local('v128');
  const vectors = Array.from({ length: width / 4 }, (_, v) => v * 16);
  const load = (name: (typeof STATE)[number], offset: number): Code =>
    v128.load(state.get, place(name, stride) + offset);
  const store = (name: (typeof STATE)[number], offset: number, value: Code): Code =>
    v128.store(state.get, value, place(name, stride) + offset);
  return f.end(
    block(
      before.set(f32.load(squares.get)),
      emitDot(f, maths, size, (offset) => [load('direction', offset), load('product', offset)], vectors),
      when(
        f32.gt(size.get, f32.const(0)),
        block(
          along.set(maths.splat(f32.div(before.get, size.get))),
          ...vectors.flatMap((offset) => [
            store(
              'solution',
              offset,
              maths.madd(along.get, load('direction', offset), load('solution', offset)),
            ),
            store(
              'residual',
              offset,
              maths.nmadd(along.get, load('product', offset), load('residual', offset)),
            ),
          ]),
          emitDot(f, maths, after, (offset) => [load('residual', offset), load('residual', offset)], vectors),
          f32.store(squares.get, after.get),
          along.set(maths.splat(f32.div(after.get, before.get))),
          ...vectors.map((offset) =>
            store(
              'direction',
              offset,
              maths.madd(along.get, load('direction', offset), load('residual', offset)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** `begin(state, squares)`: p = r, and r · r. */
export function conjugateBeginKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('conjugateBegin', { state: 'i32', squares: 'i32' });
  const { state, squares } = f.params;
  const square = f.local('f32');
  const vectors = Array.from({ length: width / 4 }, (_, v) => v * 16);
  const residual = (offset: number): Code => v128.load(state.get, place('residual', stride) + offset);
  return f.end(
    block(
      emitDot(f, maths, square, (offset) => [residual(offset), residual(offset)], vectors),
      f32.store(squares.get, square.get),
      ...vectors.map((offset) =>
        v128.store(state.get, residual(offset), place('direction', stride) + offset),
      ),
    ),
  );
}

function emitDot(
  f: FunctionBuilder<string>,
  maths: VectorMaths,
  into: Local,
  pair: (offset: number) => readonly [Code, Code],
  vectors: readonly number[],
): Code {
  const [even, odd] = f.locals('v128', 2) as [Local, Local];
  return block(
    even.set(v128.zero),
    odd.set(v128.zero),
    ...vectors.map((offset, i) => {
      const sum = i % 2 === 0 ? even : odd;
      return sum.set(maths.madd(...pair(offset), sum.get));
    }),
    even.set(maths.add(even.get, odd.get)),
    into.set(emitLaneSum(maths, even)),
  );
}
