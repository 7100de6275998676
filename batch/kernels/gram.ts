/**
 * The kernel that the exact solver spends its time in: a symmetric matrix plus the products of a panel's rows with
 * themselves, upper triangle only. Tiles of 4 × 8 stay in registers while all rows of the panel pass; a tile that the
 * diagonal cuts is filled whole.
 */
import type { Code, WasmFunction } from './encoding.ts';
import {
  advance,
  beginFunction,
  block,
  doWhile,
  i32,
  v128,
  when,
  type FunctionBuilder,
  type Local,
  type VectorMaths,
} from './instructions.ts';

/** Floats of a row of tiles and of its columns. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;
const VECTORS = TILE_COLUMNS / 4;
const UNROLLED = 4;

export interface TileRow {
  /** Where the panel begins. */
  readonly panel: Local;
  /** Bytes from the panel's begin past its last row. */
  readonly panelBytes: Local;
  /** Where the four rows begin that are added to. */
  readonly base: Local;
  /** Where the four rows of the result begin; may be those of the base. */
  readonly out: Local;
  /** Bytes from the begin of a row to the first of these four columns. */
  readonly diagonal: Local;
}

/**
 * Emits four rows of a matrix, from the tile of the diagonal to the right: out = base ± panelᵀ · panel. Rows of all three
 * are `width` floats long; `width` is a multiple of 8.
 */
export function emitTileRow(
  f: FunctionBuilder<string>,
  maths: VectorMaths,
  width: number,
  row: TileRow,
  sign: 'plus' | 'minus',
): Code {
  const stride = width * 4;
  const sums = Array.from({ length: TILE_ROWS }, () => f.locals('v128', VECTORS));
  const right = f.locals('v128', VECTORS);
  const splat = f.local('v128');
  const [column, left, leftEnd, at, above] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  const multiply = sign === 'plus' ? maths.madd : maths.nmadd;
  const each = (visit: (sum: Local, row: number, vector: number) => Code): Code =>
    block(...sums.flatMap((ofRow, i) => ofRow.map((sum, v) => visit(sum, i, v))));
  const step = (offset: number): Code =>
    block(
      ...right.map((vector, v) => vector.set(v128.load(above.get, offset + v * 16))),
      ...sums.flatMap((ofRow, i) => [
        splat.set(v128.load32Splat(left.get, offset + i * 4)),
        ...ofRow.map((sum, v) => sum.set(multiply(splat.get, right[v]!.get, sum.get))),
      ]),
    );
  const steps = (count: number, end: Code): Code =>
    when(
      i32.ltU(left.get, end),
      doWhile(
        block(
          ...Array.from({ length: count }, (_, i) => step(i * stride)),
          advance(left, count * stride),
          advance(above, count * stride),
        ),
        i32.ltU(left.get, end),
      ),
    );
  const wholeEnd = f.local('i32');
  return block(
    leftEnd.set(i32.add(i32.add(row.panel.get, row.diagonal.get), row.panelBytes.get)),
    column.set(i32.and(row.diagonal.get, i32.const(-TILE_COLUMNS * 4))),
    doWhile(
      block(
        at.set(i32.add(row.base.get, column.get)),
        each((sum, i, v) => sum.set(v128.load(at.get, i * stride + v * 16))),
        left.set(i32.add(row.panel.get, row.diagonal.get)),
        above.set(i32.add(row.panel.get, column.get)),
        // Whole groups of rows, then those that are left.
        wholeEnd.set(i32.sub(leftEnd.get, i32.const((UNROLLED - 1) * stride))),
        steps(UNROLLED, wholeEnd.get),
        steps(1, leftEnd.get),
        at.set(i32.add(row.out.get, column.get)),
        each((sum, i, v) => v128.store(at.get, sum.get, i * stride + v * 16)),
        advance(column, TILE_COLUMNS * 4),
      ),
      i32.ltU(column.get, i32.const(stride)),
    ),
  );
}

/**
 * `addGram(panel, rows, base, out)`: the upper triangle at `out` becomes that at `base` plus the products of `rows` rows.
 * Base and result may be the same.
 */
export function gramKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('addGram', { panel: 'i32', rows: 'i32', base: 'i32', out: 'i32' });
  const { panel, rows, base, out } = f.params;
  const [diagonal, panelBytes] = f.locals('i32', 2) as [Local, Local];
  return f.end(
    block(
      panelBytes.set(i32.mul(rows.get, i32.const(stride))),
      doWhile(
        block(
          emitTileRow(f, maths, width, { panel, panelBytes, base, out, diagonal }, 'plus'),
          advance(base, TILE_ROWS * stride),
          advance(out, TILE_ROWS * stride),
          advance(diagonal, TILE_ROWS * 4),
        ),
        i32.ltU(diagonal.get, i32.const(stride)),
      ),
    ),
  );
}
