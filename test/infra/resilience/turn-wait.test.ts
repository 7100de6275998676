import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchTurnWait } from '../../../infra/resilience/turn-wait.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('the first request of a turn has not waited, those after it for as long as it took', async () => {
  let now = 100;
  const wait = watchTurnWait(() => now);
  assert.equal(wait.read(), 0);
  now = 130;
  assert.equal(wait.read(), 30);
  // Promises are of the same turn.
  await Promise.resolve();
  now = 150;
  assert.equal(wait.read(), 50);
  await nextTurn();
  now = 500;
  assert.equal(wait.read(), 0);
});
