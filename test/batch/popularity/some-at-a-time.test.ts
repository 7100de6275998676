import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someAtATime, together } from '../../../batch/popularity/some-at-a-time.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Says what was begun, in order, and ends each item when it is told to. */
function work() {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  return {
    begun,
    async end(item: number, error?: Error) {
      ends.get(item)!(error);
      await nextTurn();
    },
    begin: (item: number) =>
      new Promise<string>((resolve, reject) => {
        begun.push(item);
        ends.set(item, (error) => (error === undefined ? resolve(`item ${item}`) : reject(error)));
      }),
  };
}

test('so many items are under way at a time, and what came of them is in their order', async () => {
  const { begun, end, begin } = work();
  const all = someAtATime([1, 2, 3, 4], 2, begin);
  assert.deepEqual(begun, [1, 2]);
  await end(2);
  assert.deepEqual(begun, [1, 2, 3]);
  await end(3);
  await end(1);
  await end(4);
  assert.deepEqual(await all, ['item 1', 'item 2', 'item 3', 'item 4']);
  assert.deepEqual(await someAtATime([], 2, begin), []);
});

test('after a failure nothing is begun, and it is told when what was begun has ended', async () => {
  const { begun, end, begin } = work();
  let told: string | undefined;
  const all = someAtATime([1, 2, 3], 2, begin).catch((error: unknown) => (told = String(error)));
  await end(1, new Error('no more'));
  assert.deepEqual([begun, told], [[1, 2], undefined]);
  await end(2);
  await all;
  assert.deepEqual([begun, told], [[1, 2], 'Error: no more']);
});

test('of two things begun together a failure is told once both have ended', async () => {
  const { begun, begin, end } = work();
  let isTold = false;
  const both = together(
    () => begin(1),
    () => begin(2),
  );
  const told = assert.rejects(both, /the second/).then(() => (isTold = true));
  assert.deepEqual(begun, [1, 2]);
  await end(2, new Error('the second'));
  assert.equal(isTold, false);
  await end(1);
  await told;
  assert.deepEqual(
    await together(
      () => Promise.resolve(1),
      () => Promise.resolve('b'),
    ),
    [1, 'b'],
  );
});
