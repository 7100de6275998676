/**
 * Large symmetric matrices of 64-bit floats as square tiles of the lower triangle: half the memory, and each tile fits
 * a processor's cache. Tiles are row-major.
 */
import { factorise, solveFactorised } from '../../../domain/cholesky.ts';
import { createTileMemory, TILE, TILE_AREA, type TileMemory } from './tile-kernel.ts';

export interface TiledMatrix {
  readonly size: number;
  /** Tiles to a side. */
  readonly across: number;
  /**
   * Tile (i, j), i ≥ j, is number i (i + 1) / 2 + j; those of the diagonal hold both triangles. Behind the matrix's own there
   * are 3 · across + 1 to work with.
   */
  readonly memory: TileMemory;
}

const tilesOf = (across: number): number => (across * (across + 1)) / 2;

/** All zeros. RangeError where it does not fit one memory, beyond 32,000 rows. */
export async function createTiledMatrix(size: number): Promise<TiledMatrix> {
  const across = Math.ceil(size / TILE);
  return { size, across, memory: await createTileMemory(tilesOf(across) + 3 * across + 1) };
}

const numberOf = (i: number, j: number): number => tilesOf(i) + j;

const tileAt = ({ memory }: TiledMatrix, i: number, j: number): Float64Array => memory.tiles[numberOf(i, j)]!;

/** Bytes that a matrix of this size takes. */
export const tiledBytes = (size: number): number => {
  const across = Math.ceil(size / TILE);
  return (tilesOf(across) + 3 * across + 1) * TILE_AREA * Float64Array.BYTES_PER_ELEMENT;
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
  const { size, across, memory } = matrix;
  const { tiles } = memory;
  // What fills up the last tile must not make the matrix singular.
  const last = tileAt(matrix, across - 1, across - 1);
  for (let pad = size - (across - 1) * TILE; pad < TILE; pad++) last[pad * TILE + pad] = 1;
  const own = tilesOf(across);
  /** A_ik, its transpose A_ki, and A_ik D, by i. */
  const [columns, rows, swept] = [own, own + across, own + 2 * across] as const;
  const pivot = own + 3 * across;
  for (let k = 0; k < across; k++) {
    if (!invertTile(tileAt(matrix, k, k), tiles[pivot]!)) return false;
    for (let i = 0; i < across; i++) {
      if (i === k) continue;
      const [held, turned] = i > k ? [columns + i, rows + i] : [rows + i, columns + i];
      tiles[held]!.set(i > k ? tileAt(matrix, i, k) : tileAt(matrix, k, i));
      transposeTile(tiles[held]!, tiles[turned]!);
      tiles[swept + i]!.fill(0);
      memory.subtractProduct(swept + i, columns + i, pivot);
      negate(tiles[swept + i]!);
    }
    for (let i = 0; i < across; i++) {
      if (i === k) continue;
      for (let j = 0; j <= i; j++) if (j !== k) memory.subtractProduct(numberOf(i, j), swept + i, rows + j);
      await pace((k + i / across) / across);
    }
    for (let i = 0; i < across; i++) {
      if (i > k) tileAt(matrix, i, k).set(tiles[swept + i]!);
      else if (i < k) transposeTile(tiles[swept + i]!, tileAt(matrix, k, i));
    }
    negate(tiles[pivot]!);
    tileAt(matrix, k, k).set(tiles[pivot]!);
  }
  for (let tile = 0; tile < own; tile++) negate(tiles[tile]!);
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
