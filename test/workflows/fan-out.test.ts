import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { fanOut } from '../../workflows/fan-out.ts';

test('at most a window of pieces is under way, the next begins when any ends, and results are in order', async () => {
  const pieces = Array.from({ length: 7 }, () => Promise.withResolvers<string>());
  const begun: number[] = [];
  const told: number[] = [];
  const all = fanOut(7, { window: 3, onDone: (done) => told.push(done) }, (piece) => {
    begun.push(piece);
    return pieces[piece]!.promise;
  });
  await turn();
  assert.deepEqual(begun, [0, 1, 2]);
  pieces[2]!.resolve('2');
  await turn();
  assert.deepEqual(begun, [0, 1, 2, 3]);
  pieces.toReversed().forEach(({ resolve }, index) => resolve(String(6 - index)));
  assert.deepEqual(await all, ['0', '1', '2', '3', '4', '5', '6']);
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7]);
});

test('after a failure none begins, those under way end first, and the lowest failure is thrown', async () => {
  const slow = Promise.withResolvers<void>();
  const begun: number[] = [];
  let ended = false;
  const all = fanOut(9, { window: 2 }, async (piece) => {
    begun.push(piece);
    if (piece === 1) throw new Error('piece 1');
    await slow.promise;
    throw new Error('piece 0');
  }).finally(() => (ended = true));
  all.catch(() => undefined);
  await turn();
  assert.deepEqual([begun, ended], [[0, 1], false]);
  slow.resolve();
  await assert.rejects(all, /piece 0/);
  assert.deepEqual(begun, [0, 1]);
});

test('a closed gate lets nothing begin; no pieces give no results', async () => {
  const gate = Promise.withResolvers<void>();
  const begun: number[] = [];
  const all = fanOut(2, { window: 2, gate: () => gate.promise }, async (piece) => begun.push(piece));
  await turn();
  assert.deepEqual(begun, []);
  gate.resolve();
  assert.deepEqual(await all, [1, 2]);
  assert.deepEqual(await fanOut(0, { window: 4 }, async () => 1), []);
});
