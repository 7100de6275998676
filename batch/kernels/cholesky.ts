/**
 * Solves a symmetric positive definite system in place: A = UᵀU by rows of four, the update of each by the tile kernel; then
 * Uᵀz = b and Ux = z (Golub and Van Loan, Matrix Computations, §4.2). A matrix that is not positive definite gives NaN.
 */
import type { Code, WasmFunction } from './encoding.ts';
import { emitTileRow, TILE_ROWS } from './gram.ts';
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

const ROWS = [0, 1, 2, 3] as const;
const BLOCK_BYTES = TILE_ROWS * 4;

/**
 * `factorise(matrix, inverses, ridge)`: the upper triangle of the matrix, with the ridge added to its diagonal, becomes U, and
 * `inverses` gets one over each entry of U's diagonal. What is below the diagonal is not meant to be read.
 */
export function factoriseKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('factorise', { matrix: 'i32', inverses: 'i32', ridge: 'f32' });
  const { matrix, inverses, ridge } = f.params;
  const [diagonal, panelBytes, out] = f.locals('i32', 3) as [Local, Local, Local];
  return f.end(
    block(
      out.set(matrix.get),
      doWhile(
        block(
          emitTileRow(f, maths, width, { panel: matrix, panelBytes, base: out, out, diagonal }, 'minus'),
          emitBlock(f, maths, stride, { out, diagonal, inverses, ridge }),
          advance(out, TILE_ROWS * stride),
          advance(panelBytes, TILE_ROWS * stride),
          advance(diagonal, BLOCK_BYTES),
        ),
        i32.ltU(diagonal.get, i32.const(stride)),
      ),
    ),
  );
}

/** The four rows themselves: each is scaled by its pivot and taken from those below it. */
function emitBlock(
  f: FunctionBuilder<string>,
  maths: VectorMaths,
  stride: number,
  at: Readonly<Record<'out' | 'diagonal' | 'inverses' | 'ridge', Local>>,
): Code {
  const rows = f.locals('v128', 4);
  const inverse = f.locals('v128', 4);
  const above = ROWS.map(() => f.locals('v128', 4));
  const scalar = f.local('f32');
  const [here, end] = f.locals('i32', 2) as [Local, Local];
  const eliminate = (row: number): Code =>
    block(
      ...ROWS.slice(0, row).map((upper) =>
        rows[row]!.set(maths.nmadd(above[upper]![row]!.get, rows[upper]!.get, rows[row]!.get)),
      ),
    );
  const load = block(...ROWS.map((row) => rows[row]!.set(v128.load(here.get, row * stride))));
  const store = block(...ROWS.map((row) => v128.store(here.get, rows[row]!.get, row * stride)));
  const pivots = ROWS.map((row) =>
    block(
      eliminate(row),
      scalar.set(f32.div(f32.const(1), f32.sqrt(f32.add(maths.lane(rows[row]!.get, row), at.ridge.get)))),
      f32.store(i32.add(at.inverses.get, at.diagonal.get), scalar.get, row * 4),
      inverse[row]!.set(maths.splat(scalar.get)),
      rows[row]!.set(maths.mul(rows[row]!.get, inverse[row]!.get)),
      ...ROWS.slice(row + 1).map((lower) =>
        above[row]![lower]!.set(maths.splat(maths.lane(rows[row]!.get, lower))),
      ),
    ),
  );
  const rest = ROWS.map((row) =>
    block(eliminate(row), rows[row]!.set(maths.mul(rows[row]!.get, inverse[row]!.get))),
  );
  return block(
    here.set(i32.add(at.out.get, at.diagonal.get)),
    end.set(i32.add(at.out.get, i32.const(stride))),
    load,
    ...pivots,
    store,
    advance(here, BLOCK_BYTES),
    when(
      i32.ltU(here.get, end.get),
      doWhile(block(load, ...rest, store, advance(here, BLOCK_BYTES)), i32.ltU(here.get, end.get)),
    ),
  );
}

/** `substitute(matrix, inverses, vector)`: with U and the inverses of `factorise`, the vector b becomes x of UᵀUx = b. */
export function substituteKernel(width: number, maths: VectorMaths): WasmFunction {
  const stride = width * 4;
  const f = beginFunction('substitute', { matrix: 'i32', inverses: 'i32', vector: 'i32' });
  const { matrix, inverses, vector } = f.params;
  const places: Places = { row: f.local('i32'), diagonal: f.local('i32'), inverses, vector };
  return f.end(block(emitForward(f, maths, stride, matrix, places), emitBackward(f, maths, stride, places)));
}

interface Places {
  /** The first of four rows of U. */
  readonly row: Local;
  /** Bytes to the first of four columns. */
  readonly diagonal: Local;
  readonly inverses: Local;
  readonly vector: Local;
}

function emitForward(
  f: FunctionBuilder<string>,
  maths: VectorMaths,
  stride: number,
  matrix: Local,
  { row, diagonal, inverses, vector }: Places,
): Code {
  const sums = f.locals('v128', 4);
  const z = f.locals('f32', 4);
  const [at, known, mine] = f.locals('i32', 3) as [Local, Local, Local];
  const left = (i: number): Code => f32.load(mine.get, i * 4);
  return block(
    row.set(matrix.get),
    diagonal.set(i32.const(0)),
    doWhile(
      block(
        mine.set(i32.add(vector.get, diagonal.get)),
        sums[0]!.set(v128.load(mine.get)),
        ...ROWS.slice(1).map((i) => sums[i]!.set(v128.zero)),
        at.set(i32.add(matrix.get, diagonal.get)),
        known.set(vector.get),
        when(
          i32.ltU(known.get, mine.get),
          doWhile(
            block(
              ...ROWS.map((i) =>
                sums[i]!.set(
                  maths.nmadd(
                    v128.load(at.get, i * stride),
                    v128.load32Splat(known.get, i * 4),
                    sums[i]!.get,
                  ),
                ),
              ),
              advance(at, TILE_ROWS * stride),
              advance(known, BLOCK_BYTES),
            ),
            i32.ltU(known.get, mine.get),
          ),
        ),
        v128.store(
          mine.get,
          maths.add(maths.add(sums[0]!.get, sums[1]!.get), maths.add(sums[2]!.get, sums[3]!.get)),
        ),
        at.set(i32.add(row.get, diagonal.get)),
        ...ROWS.map((i) => {
          const taken = ROWS.slice(0, i).reduce<Code>(
            (rest, upper) => f32.sub(rest, f32.mul(f32.load(at.get, upper * stride + i * 4), z[upper]!.get)),
            left(i),
          );
          return z[i]!.set(f32.mul(taken, f32.load(i32.add(inverses.get, diagonal.get), i * 4)));
        }),
        ...ROWS.map((i) => f32.store(mine.get, z[i]!.get, i * 4)),
        advance(row, TILE_ROWS * stride),
        advance(diagonal, BLOCK_BYTES),
      ),
      i32.ltU(diagonal.get, i32.const(stride)),
    ),
  );
}

/** Goes on from where the forward pass ended, which is past the last row. */
function emitBackward(
  f: FunctionBuilder<string>,
  maths: VectorMaths,
  stride: number,
  { row, diagonal, inverses, vector }: Places,
): Code {
  const sums = f.locals('v128', 4);
  const known = f.local('v128');
  const x = f.locals('f32', 4);
  const [at, right, mine, end] = f.locals('i32', 4) as [Local, Local, Local, Local];
  return block(
    end.set(i32.add(vector.get, i32.const(stride))),
    doWhile(
      block(
        advance(row, -TILE_ROWS * stride),
        advance(diagonal, -BLOCK_BYTES),
        mine.set(i32.add(vector.get, diagonal.get)),
        ...sums.map((sum) => sum.set(v128.zero)),
        at.set(i32.add(i32.add(row.get, diagonal.get), i32.const(BLOCK_BYTES))),
        right.set(i32.add(mine.get, i32.const(BLOCK_BYTES))),
        when(
          i32.ltU(right.get, end.get),
          doWhile(
            block(
              known.set(v128.load(right.get)),
              ...ROWS.map((i) =>
                sums[i]!.set(maths.madd(v128.load(at.get, i * stride), known.get, sums[i]!.get)),
              ),
              advance(at, BLOCK_BYTES),
              advance(right, BLOCK_BYTES),
            ),
            i32.ltU(right.get, end.get),
          ),
        ),
        at.set(i32.add(row.get, diagonal.get)),
        ...ROWS.toReversed().map((i) => {
          const taken = ROWS.slice(i + 1).reduce<Code>(
            (rest, lower) => f32.sub(rest, f32.mul(f32.load(at.get, i * stride + lower * 4), x[lower]!.get)),
            f32.sub(f32.load(mine.get, i * 4), emitLaneSum(maths, sums[i]!)),
          );
          return x[i]!.set(f32.mul(taken, f32.load(i32.add(inverses.get, diagonal.get), i * 4)));
        }),
        ...ROWS.map((i) => f32.store(mine.get, x[i]!.get, i * 4)),
      ),
      i32.ltU(i32.const(0), diagonal.get),
    ),
  );
}

/** (0 + 2) + (1 + 3), as a scalar. */
export function emitLaneSum(maths: VectorMaths, sum: Local): Code {
  const folded = sum.set(maths.add(sum.get, v128.shuffle(sum.get, sum.get, [2, 3, 0, 1])));
  return block(folded, f32.add(maths.lane(sum.get, 0), maths.lane(sum.get, 1)));
}
