import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { oneAtATime } from '../../../batch/popularity/one-at-a-time.ts';

test('each begins when the one before has ended, or has failed', async () => {
  const inOrder = oneAtATime();
  const begun: string[] = [];
  const works = ['first', 'second', 'third'].map((name) => ({ name, end: Promise.withResolvers<string>() }));
  const told = works.map(({ name, end }) =>
    inOrder(() => {
      begun.push(name);
      return end.promise;
    }),
  );
  const settled = Promise.allSettled(told);
  const [first, second, third] = works;
  await nextTurn();
  assert.deepEqual(begun, ['first']);
  first!.end.reject(new Error('not this one'));
  await nextTurn();
  assert.deepEqual(begun, ['first', 'second']);
  second!.end.resolve('done');
  third!.end.resolve('done too');
  assert.deepEqual(
    (await settled).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    ['Error: not this one', 'done', 'done too'],
  );
  assert.deepEqual(begun, ['first', 'second', 'third']);
});
