import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addTo,
  copyColumn,
  createTiledMatrix,
  invert,
  tiledBytes,
  type TiledMatrix,
} from '../../../../batch/models/ease/tiles.ts';
import { createTileMemory, TILE, TILE_AREA } from '../../../../batch/models/ease/tile-kernel.ts';
import { createRandom } from '../../../../domain/random.ts';

const atOnce = (): Promise<void> => Promise.resolve();

/** Positive definite: the diagonal outweighs the rest. */
async function randomMatrix(size: number, seed: number): Promise<TiledMatrix> {
  const random = createRandom(seed);
  const matrix = await createTiledMatrix(size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) addTo(matrix, row, column, random.next() - 0.5);
    addTo(matrix, row, row, size);
  }
  return matrix;
}

function columnsOf(matrix: TiledMatrix): Float64Array[] {
  return Array.from({ length: matrix.size }, (_, column) => {
    const out = new Float64Array(matrix.size);
    copyColumn(matrix, column, out);
    return out;
  });
}

for (const size of [1, 2, TILE - 1, TILE, TILE + 1, 2 * TILE + 7, 3 * TILE]) {
  test(`a matrix of ${size} times its inverse is the identity`, async () => {
    const matrix = await randomMatrix(size, size);
    const before = columnsOf(matrix);
    assert.equal(await invert(matrix, atOnce), true);
    const after = columnsOf(matrix);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        const product = before[i]!.reduce((sum, value, k) => sum + value * after[j]![k]!, 0);
        assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-9, `${product} at ${i}, ${j}`);
      }
  });
}

test('both halves of the matrix are one', async () => {
  const columns = columnsOf(await randomMatrix(TILE + 3, 1));
  columns.forEach((column, x) => column.forEach((value, y) => assert.equal(value, columns[y]![x])));
});

test('a matrix that is not positive definite is said to be none', async () => {
  const matrix = await createTiledMatrix(3);
  addTo(matrix, 0, 0, 1);
  assert.equal(await invert(matrix, atOnce), false);
});

test('20,000 titles take 1.6 GB', () => {
  assert.ok(Math.abs(tiledBytes(20_000) / 1.6e9 - 1) < 0.05);
});

test('the kernel takes the product of two tiles from a third, in the order of plain loops', async () => {
  const random = createRandom(3);
  const { tiles, subtractProduct } = await createTileMemory(4);
  for (const tile of tiles) for (let at = 0; at < TILE_AREA; at++) tile[at] = random.next() - 0.5;
  const before = tiles.map((tile) => tile.slice());
  subtractProduct(2, 1, 3);
  for (const [y, x] of [
    [0, 0],
    [3, 63],
    [4, 1],
    [63, 62],
  ] as const) {
    let sum = 0;
    for (let k = 0; k < TILE; k++) sum += before[1]![y * TILE + k]! * before[3]![k * TILE + x]!;
    assert.equal(tiles[2]![y * TILE + x], before[2]![y * TILE + x]! - sum);
  }
  for (const untouched of [0, 1, 3]) assert.deepEqual(tiles[untouched], before[untouched]);
  await assert.rejects(createTileMemory(200_000), RangeError);
});
