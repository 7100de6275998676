import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { startLateTimer } from '../../../infra/resilience/late-timer.ts';

test('what is over in the turn it began in has no timer; what is not is called in time, unless it ends before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const called: string[] = [];
  startLateTimer(10, () => called.push('over at once')).end();
  startLateTimer(10, () => called.push('late'));
  const stopped = startLateTimer(10, () => called.push('over before'));
  t.mock.timers.tick(100);
  assert.deepEqual(called, []);
  await endOfTurn();
  t.mock.timers.tick(9);
  stopped.end();
  t.mock.timers.tick(1);
  assert.deepEqual(called, ['late']);
  stopped.end();
});

test('timers of later turns are begun as those of the first', async () => {
  for (let turn = 0; turn < 3; turn++) {
    const { promise, resolve } = Promise.withResolvers<string>();
    startLateTimer(1, () => resolve('called'));
    assert.equal(await promise, 'called');
    await endOfTurn();
  }
});
