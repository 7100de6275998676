import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createArena } from '../../../../batch/models/als/memory.ts';
import { createSolverPool, poolBytes, whileOpen } from '../../../../batch/models/als/pool.ts';

const WIDTH = 8;
const options = (threads: number) => ({ threads, width: WIDTH, fused: true });

test('where there is too little memory no thread is begun', async (t) => {
  let begun = 0;
  const count = (): void => void (begun += 1);
  process.on('worker', count);
  t.after(() => process.off('worker', count));
  await assert.rejects(createSolverPool(createArena(poolBytes(1, WIDTH)), options(2)), RangeError);
  await new Promise(setImmediate);
  assert.equal(begun, 0);
  const pool = await createSolverPool(createArena(poolBytes(2, WIDTH)), options(2));
  await new Promise(setImmediate);
  assert.equal(begun, 2);
  await pool.close();
});

test('a pool is closed where what was begun with it fails, and left open where not', async () => {
  let closed = 0;
  const pool = { close: async (): Promise<void> => void (closed += 1) };
  const failed = new Error('no half steps');
  await assert.rejects(
    whileOpen(pool, () => {
      throw failed;
    }),
    failed,
  );
  assert.equal(closed, 1);
  assert.equal(await whileOpen(pool, () => 7), 7);
  assert.equal(closed, 1);
});
