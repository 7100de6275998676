import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addTo,
  copyColumn,
  createTiledMatrix,
  invert,
  TILE,
  tiledBytes,
} from '../../../../batch/models/ease/tiles.ts';
import { createRandom } from '../../../../domain/random.ts';

const atOnce = (): Promise<void> => Promise.resolve();

/** Positive definite: the diagonal outweighs the rest. */
function randomMatrix(size: number, seed: number) {
  const random = createRandom(seed);
  const matrix = createTiledMatrix(size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) addTo(matrix, row, column, random.next() - 0.5);
    addTo(matrix, row, row, size);
  }
  return matrix;
}

function columnsOf(matrix: ReturnType<typeof createTiledMatrix>): Float64Array[] {
  return Array.from({ length: matrix.size }, (_, column) => {
    const out = new Float64Array(matrix.size);
    copyColumn(matrix, column, out);
    return out;
  });
}

for (const size of [1, 2, TILE - 1, TILE, TILE + 1, 2 * TILE + 7, 3 * TILE]) {
  test(`a matrix of ${size} times its inverse is the identity`, async () => {
    const matrix = randomMatrix(size, size);
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

test('both halves of the matrix are one', () => {
  const columns = columnsOf(randomMatrix(TILE + 3, 1));
  columns.forEach((column, x) => column.forEach((value, y) => assert.equal(value, columns[y]![x])));
});

test('a matrix that is not positive definite is said to be none', async () => {
  const matrix = createTiledMatrix(3);
  addTo(matrix, 0, 0, 1);
  assert.equal(await invert(matrix, atOnce), false);
});

test('20,000 titles take 1.6 GB', () => {
  assert.ok(Math.abs(tiledBytes(20_000) / 1.6e9 - 1) < 0.02);
});
