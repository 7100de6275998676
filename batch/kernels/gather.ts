/** Brings the factors of a row's entries together, so that the kernels after it read memory in order. */
import type { Code, WasmFunction } from './encoding.ts';
import {
  advance,
  beginFunction,
  block,
  doWhile,
  f32,
  i32,
  v128,
  when,
  type Local,
  type VectorMaths,
} from './instructions.ts';

/** As many sums as stay in registers beside what is read. */
const VECTORS_AT_ONCE = 8;

/**
 * `gather(columns, strengths, count, source, panel, pull, observed)`: for each entry, √|strength| · factors goes to the next row of the panel,
 * and (strength + observed) · factors is added to `pull` where the strength is not below 0.
 */
export function gatherKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('gather', {
    columns: 'i32',
    strengths: 'i32',
    count: 'i32',
    source: 'i32',
    panel: 'i32',
    pull: 'i32',
    observed: 'f32',
  });
  const { columns, strengths, count, source, panel, pull, observed } = f.params;
  const [column, strength, end, from, to] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  const value = f.local('f32');
  const [root, whole, factors] = f.locals('v128', 3) as [Local, Local, Local];
  const sums = f.locals('v128', VECTORS_AT_ONCE);

  const pass = (first: number, vectors: number): Code => {
    const mine = sums.slice(0, vectors);
    return block(
      ...mine.map((sum, v) => sum.set(v128.load(pull.get, (first + v) * 16))),
      column.set(columns.get),
      strength.set(strengths.get),
      to.set(panel.get),
      doWhile(
        block(
          value.set(f32.load(strength.get)),
          root.set(maths.splat(f32.sqrt(f32.abs(value.get)))),
          whole.set(
            maths.splat(
              f32.select(f32.add(value.get, observed.get), f32.const(0), f32.ge(value.get, f32.const(0))),
            ),
          ),
          from.set(i32.add(source.get, i32.mul(i32.load(column.get), i32.const(stride)))),
          ...mine.map((sum, v) => {
            const offset = (first + v) * 16;
            return block(
              factors.set(v128.load(from.get, offset)),
              sum.set(maths.madd(whole.get, factors.get, sum.get)),
              v128.store(to.get, maths.mul(root.get, factors.get), offset),
            );
          }),
          advance(column, 4),
          advance(strength, 4),
          advance(to, stride),
        ),
        i32.ltU(column.get, end.get),
      ),
      ...mine.map((sum, v) => v128.store(pull.get, sum.get, (first + v) * 16)),
    );
  };
  const passes: Code[] = [];
  for (let first = 0; first < width / 4; first += VECTORS_AT_ONCE)
    passes.push(pass(first, Math.min(VECTORS_AT_ONCE, width / 4 - first)));
  return f.end(
    block(
      end.set(i32.add(columns.get, i32.shl(count.get, 2))),
      when(i32.ltU(columns.get, end.get), block(...passes)),
    ),
  );
}
