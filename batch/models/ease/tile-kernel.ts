/** The loop that EASE spends its time in, as WebAssembly with vectors of two 64-bit floats. */
import { encodeModule, unsigned, type Code } from '../../kernels/encoding.ts';
import { advance, beginFunction, block, doWhile, i32, v128, type Local } from '../../kernels/instructions.ts';
import { createKernelMemory, MAXIMUM_PAGES } from '../../kernels/kernels.ts';
import { webAssembly } from '../../kernels/web-assembly.ts';

/** Rows and columns of a tile. */
export const TILE = 64;
export const TILE_AREA = TILE * TILE;
const FLOAT_BYTES = 8;
const ROW_BYTES = TILE * FLOAT_BYTES;
const TILE_BYTES = TILE_AREA * FLOAT_BYTES;
/** Addresses below are not used. */
const FIRST = 65_536;

/** Rows and vectors of the part of a tile whose sums stay in registers. */
const ROWS = 4;
const VECTORS = 2;
const COLUMN_BYTES = VECTORS * 16;

/** Tiles in one memory, by number; row-major. */
export interface TileMemory {
  readonly tiles: readonly Float64Array[];
  /** C ← C − A B, products summed in the order of A's columns. */
  subtractProduct(c: number, a: number, b: number): void;
}

/** All zeros. RangeError for more tiles than one memory holds (4 GiB). */
export async function createTileMemory(count: number): Promise<TileMemory> {
  if (FIRST + count * TILE_BYTES > MAXIMUM_PAGES * FIRST)
    throw new RangeError(`${count} tiles do not fit one memory`);
  const memory = createKernelMemory(FIRST + count * TILE_BYTES);
  const { instance } = await webAssembly.instantiate(tileModule(), { env: { memory } });
  const { subtractProduct } = instance.exports as TileMemory;
  const addressOf = (tile: number): number => FIRST + tile * TILE_BYTES;
  return {
    tiles: Array.from(
      { length: count },
      (_, tile) => new Float64Array(memory.buffer, addressOf(tile), TILE_AREA),
    ),
    subtractProduct: (c, a, b) => {
      // Addresses above 2 GiB are negative as signed numbers, which WebAssembly takes them as.
      subtractProduct(addressOf(c) | 0, addressOf(a) | 0, addressOf(b) | 0);
    },
  };
}

const simd = (op: number): Code => [0xfd, ...unsigned(op)];
const binary =
  (op: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(op)];
const f64x2 = {
  splat: (at: Code, offset: number): Code => [...at, ...simd(0x0a), 3, ...unsigned(offset)],
  add: binary(0xf0),
  sub: binary(0xf1),
  mul: binary(0xf2),
};

function tileModule(): Uint8Array<ArrayBuffer> {
  const f = beginFunction('subtractProduct', { c: 'i32', a: 'i32', b: 'i32' });
  const { c, a, b } = f.params;
  const sums = Array.from({ length: ROWS }, () => f.locals('v128', VECTORS));
  const right = f.locals('v128', VECTORS);
  const splat = f.local('v128');
  const [cEnd, column, left, leftEnd, above, at] = f.locals('i32', 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const each = (visit: (sum: Local, offset: number) => Code): Code =>
    block(...sums.flatMap((ofRow, row) => ofRow.map((sum, v) => visit(sum, row * ROW_BYTES + v * 16))));
  const step = block(
    ...right.map((vector, v) => vector.set(v128.load(above.get, v * 16))),
    ...sums.flatMap((ofRow, row) => [
      splat.set(f64x2.splat(left.get, row * ROW_BYTES)),
      ...ofRow.map((sum, v) => sum.set(f64x2.add(sum.get, f64x2.mul(splat.get, right[v]!.get)))),
    ]),
    advance(left, FLOAT_BYTES),
    advance(above, ROW_BYTES),
  );
  const part = block(
    each((sum) => sum.set(v128.zero)),
    left.set(a.get),
    leftEnd.set(i32.add(a.get, i32.const(ROW_BYTES))),
    above.set(i32.add(b.get, column.get)),
    doWhile(step, i32.ne(left.get, leftEnd.get)),
    at.set(i32.add(c.get, column.get)),
    each((sum, offset) => v128.store(at.get, f64x2.sub(v128.load(at.get, offset), sum.get), offset)),
    advance(column, COLUMN_BYTES),
  );
  const body = block(
    cEnd.set(i32.add(c.get, i32.const(TILE_BYTES))),
    doWhile(
      block(
        column.set(i32.const(0)),
        doWhile(part, i32.ne(column.get, i32.const(ROW_BYTES))),
        advance(c, ROWS * ROW_BYTES),
        advance(a, ROWS * ROW_BYTES),
      ),
      i32.ne(c.get, cEnd.get),
    ),
  );
  return encodeModule([f.end(body)], MAXIMUM_PAGES);
}
