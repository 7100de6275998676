import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyCache } from '../../../streaming/keyed/key-cache.ts';

function stored(states: Map<string, { readonly state: number }>) {
  const asked: string[] = [];
  const get = (key: string) => {
    asked.push(key);
    return states.get(key);
  };
  return { asked, get };
}

test('a key is read once while it is held, and anew after it was let go or everything was cleared', () => {
  const states = new Map([['a', { state: 1 }]]);
  const { asked, get } = stored(states);
  const cache = createKeyCache<number>({ get }, 0);
  assert.equal(cache.slotOf('a').state, 1);
  assert.equal(cache.slotOf('a'), cache.slotOf('a'));
  assert.deepEqual(asked, ['a']);
  states.set('a', { state: 2 });
  cache.stored();
  assert.equal(cache.slotOf('a').state, 2);
  states.set('a', { state: 3 });
  cache.clear();
  assert.equal(cache.slotOf('a').state, 3);
});

test('what changed waits until it is stored, whatever key was asked for in between', () => {
  const cache = createKeyCache<number>(stored(new Map()), 1);
  for (const [key, state] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    cache.change(cache.slotOf(key), state, state);
  assert.deepEqual(
    [...cache.changed()],
    [
      ['a', { state: 3, wakeAt: 3 }],
      ['b', { state: 2, wakeAt: 2 }],
    ],
  );
  assert.equal(cache.isFull(), true);
});

test('keys that were stored or came last are kept, whatever was let go before', () => {
  const { asked, get } = stored(new Map());
  const cache = createKeyCache<number>({ get }, 2);
  const use = (key: string): void => cache.change(cache.slotOf(key), 1, undefined);
  for (const key of ['a', 'b', 'c', 'd']) use(key);
  cache.slotOf('e');
  use('b');
  // Stored in the order in which they changed, so after the one that was only looked at: a, b, c, d.
  cache.stored();
  asked.length = 0;
  cache.slotOf('c');
  cache.slotOf('d');
  assert.deepEqual(asked, []);
  for (const key of ['e', 'b', 'a']) cache.slotOf(key);
  assert.deepEqual(asked, ['e', 'b', 'a']);
  use('c');
  cache.stored();
  asked.length = 0;
  for (const key of ['a', 'c', 'd']) cache.slotOf(key);
  assert.deepEqual(asked, ['d']);
});
