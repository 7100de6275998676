import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchLoopLag } from '../../../infra/resilience/loop-lag.ts';

test('one long turn is no queue; turns that are late one after the other are, until one is in time', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 0;
  const lag = watchLoopLag(() => now);
  t.after(lag.stop);
  const after = (ms: number): number => {
    now += ms;
    t.mock.timers.tick(10);
    return lag.read();
  };
  assert.deepEqual([10, 510, 10, 10, 10].map(after), [0, 0, 0, 0, 0]);
  assert.deepEqual([60, 40, 50, 90].map(after), [0, 30, 30, 40]);
  assert.deepEqual([10, 90, 90].map(after), [0, 0, 80]);
});

test('in a process that does nothing else it is next to nothing, and it keeps no process alive', async (t) => {
  const lag = watchLoopLag();
  t.after(lag.stop);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.ok(Number.isFinite(lag.read()) && lag.read() >= 0);
});
