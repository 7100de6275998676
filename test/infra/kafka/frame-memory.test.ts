import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFrameMemory, holdMemory, keepMemory, takeMemory } from '../../../infra/kafka/frame-memory.ts';

const LARGE = 1 << 20;

test('memory is used again once every reader has said that he is done, and not before', () => {
  const pool = createFrameMemory();
  const first = takeMemory(pool, LARGE);
  assert.equal(first.length, LARGE);
  const [doneHere, doneThere] = [holdMemory(first.subarray(0, 10)), holdMemory(first.subarray(10))];
  doneHere();
  doneHere();
  assert.notEqual(takeMemory(pool, LARGE).buffer, first.buffer);
  doneThere();
  const again = takeMemory(pool, LARGE - 5);
  assert.equal(again.buffer, first.buffer);
  assert.equal(again.length, LARGE - 5);
  doneThere();
  assert.notEqual(
    takeMemory(pool, LARGE).buffer,
    first.buffer,
    'who was done with the last answer holds none',
  );
});

test('memory in which somebody keeps something is never used again', () => {
  const pool = createFrameMemory();
  const kept = takeMemory(pool, LARGE);
  const done = holdMemory(kept);
  keepMemory(kept);
  done();
  holdMemory(kept)();
  assert.equal(pool.free.length, 0);
});

test('what is kept for later is bounded, and the largest stays', () => {
  const pool = createFrameMemory();
  const taken = Array.from({ length: 10 }, (_, i) => takeMemory(pool, LARGE * (1 + i)));
  for (const one of taken) holdMemory(one)();
  assert.deepEqual(
    pool.free.map(({ length }) => length / LARGE).toSorted((a, b) => a - b),
    [8, 9, 10],
  );
  assert.equal(takeMemory(pool, LARGE * 11).length, LARGE * 11);
});

test('small answers have memory of their own', () => {
  const pool = createFrameMemory();
  const small = takeMemory(pool, 100);
  holdMemory(small)();
  assert.equal(small.buffer.byteLength, 100);
  assert.equal(pool.free.length, 0);
});
