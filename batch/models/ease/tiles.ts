/**
 * Large symmetric matrices of 64-bit floats as square tiles of the lower triangle: half the memory, and each tile fits
 * a processor's cache. Tiles are row-major.
 */
import { factorise, solveFactorised } from '../../../domain/cholesky.ts';

export const TILE = 64;
const TILE_AREA = TILE * TILE;

export interface TiledMatrix {
  readonly size: number;
  /** Tiles to a side. */
  readonly across: number;
  /** Tile (i, j), i ≥ j, at i (i + 1) / 2 + j. Those of the diagonal hold both triangles. */
  readonly tiles: readonly Float64Array[];
}

/** All zeros. */
export function createTiledMatrix(size: number): TiledMatrix {
  const across = Math.ceil(size / TILE);
  const tiles = Array.from({ length: (across * (across + 1)) / 2 }, () => new Float64Array(TILE_AREA));
  return { size, across, tiles };
}

export const tileAt = ({ tiles }: TiledMatrix, i: number, j: number): Float64Array =>
  tiles[(i * (i + 1)) / 2 + j]!;

/** Bytes that a matrix of this size takes. */
export const tiledBytes = (size: number): number => {
  const across = Math.ceil(size / TILE);
  return ((across * (across + 1)) / 2) * TILE_AREA * Float64Array.BYTES_PER_ELEMENT;
};

/** Adds to the entry (row, column) of the lower triangle, row ≥ column, and to its mirror where one tile holds both. */
export function addTo(matrix: TiledMatrix, row: number, column: number, value: number): void {
  const tile = tileAt(matrix, Math.floor(row / TILE), Math.floor(column / TILE));
  const [y, x] = [row % TILE, column % TILE];
  tile[y * TILE + x]! += value;
  if (row !== column && Math.floor(row / TILE) === Math.floor(column / TILE)) tile[x * TILE + y]! += value;
}

/** Copies column `column` of the symmetric matrix, which is its row too. */
export function copyColumn(matrix: TiledMatrix, column: number, out: Float64Array): void {
  const [home, inside] = [Math.floor(column / TILE), column % TILE];
  for (let row = 0; row < matrix.size; row++) {
    const block = Math.floor(row / TILE);
    out[row] =
      block <= home
        ? tileAt(matrix, home, block)[inside * TILE + (row % TILE)]!
        : tileAt(matrix, block, home)[(row % TILE) * TILE + inside]!;
  }
}

/**
 * Replaces a positive definite matrix by its inverse, in place, sweeping one block of columns after another (Goodnight
 * 1979, A Tutorial on the Sweep Operator; blocked): with D the inverse of block k of the diagonal,
 * A_ij ← A_ij − A_ik D A_kj, A_ik ← A_ik D, A_kk ← −D, and all of it negated at the end. n³ / 2 multiplications. Says
 * false, with the matrix half done, where it is not positive definite. `pace` is awaited between blocks.
 */
export async function invert(matrix: TiledMatrix, pace: (share: number) => Promise<void>): Promise<boolean> {
  const { size, across } = matrix;
  // What fills up the last tile must not make the matrix singular.
  const last = matrix.tiles.at(-1);
  if (last !== undefined)
    for (let pad = size - (across - 1) * TILE; pad < TILE; pad++) last[pad * TILE + pad] = 1;
  const panel = Array.from({ length: across }, () => new Float64Array(TILE_AREA));
  const swept = Array.from({ length: across }, () => new Float64Array(TILE_AREA));
  const pivot = new Float64Array(TILE_AREA);
  for (let k = 0; k < across; k++) {
    if (!invertTile(tileAt(matrix, k, k), pivot)) return false;
    for (let i = 0; i < across; i++) {
      if (i === k) continue;
      if (i > k) panel[i]!.set(tileAt(matrix, i, k));
      else transposeTile(tileAt(matrix, k, i), panel[i]!);
      // D is symmetric, so its rows are its columns.
      swept[i]!.fill(0);
      subtractProduct(swept[i]!, panel[i]!, pivot);
      negate(swept[i]!);
    }
    for (let i = 0; i < across; i++) {
      if (i === k) continue;
      for (let j = 0; j <= i; j++) if (j !== k) subtractProduct(tileAt(matrix, i, j), swept[i]!, panel[j]!);
      await pace((k + i / across) / across);
    }
    for (let i = 0; i < across; i++) {
      if (i > k) tileAt(matrix, i, k).set(swept[i]!);
      else if (i < k) transposeTile(swept[i]!, tileAt(matrix, k, i));
    }
    negate(pivot);
    tileAt(matrix, k, k).set(pivot);
  }
  for (const tile of matrix.tiles) negate(tile);
  return true;
}

/** Writes the inverse of a positive definite tile; says false where it is not. */
function invertTile(tile: Float64Array, out: Float64Array): boolean {
  const lower = Float64Array.from(tile);
  if (!factorise(lower, TILE)) return false;
  const column = new Float64Array(TILE);
  for (let k = 0; k < TILE; k++) {
    column.fill(0);
    column[k] = 1;
    solveFactorised(lower, TILE, column);
    out.set(column, k * TILE);
  }
  return true;
}

function negate(tile: Float64Array): void {
  for (let at = 0; at < TILE_AREA; at++) tile[at] = -tile[at]!;
}

function transposeTile(from: Float64Array, to: Float64Array): void {
  for (let y = 0; y < TILE; y++) for (let x = 0; x < TILE; x++) to[x * TILE + y] = from[y * TILE + x]!;
}

/** C ← C − A Bᵀ, 2 × 4 sums at a time, which is as many as stay in registers. */
function subtractProduct(c: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let y = 0; y < TILE; y += 2) {
    for (let x = 0; x < TILE; x += 4) {
      subtractBlock(c, a, b, y * TILE, x * TILE, y * TILE + x);
    }
  }
}

function subtractBlock(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  aAt: number,
  bAt: number,
  cAt: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let k = 0; k < TILE; k++) {
    const a0 = a[aAt + k]!;
    const a1 = a[aAt + TILE + k]!;
    const b0 = b[bAt + k]!;
    const b1 = b[bAt + TILE + k]!;
    const b2 = b[bAt + 2 * TILE + k]!;
    const b3 = b[bAt + 3 * TILE + k]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  c[cAt]! -= s00;
  c[cAt + 1]! -= s01;
  c[cAt + 2]! -= s02;
  c[cAt + 3]! -= s03;
  c[cAt + TILE]! -= s10;
  c[cAt + TILE + 1]! -= s11;
  c[cAt + TILE + 2]! -= s12;
  c[cAt + TILE + 3]! -= s13;
}
