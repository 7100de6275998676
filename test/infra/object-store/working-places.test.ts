import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { createWorkingPlaces } from '../../../infra/object-store/working-places.ts';

const DAY_MS = 86_400_000;
const bytes = Buffer.from('x');

function places() {
  const store = createMemoryObjectStore();
  return { store, places: createWorkingPlaces({ store, region: region('eu') }) };
}

test('works are emptied alone, and listed while they have files', async () => {
  const { places: found } = places();
  for (const work of ['a', 'a-b', 'b']) await found.open(work, 'set').put('part', bytes);
  assert.deepEqual(new Set(await found.list()), new Set(['a', 'a-b', 'b']));
  await found.clear('a');
  assert.deepEqual(await found.list(), ['a-b', 'b']);
  assert.deepEqual(Buffer.from((await found.open('b').get('set/part'))!), bytes);
});

test('a work goes once it was seen long enough ago, whoever began it in between stays', async () => {
  const { store, places: found } = places();
  await found.open('left', 'set').put('part', bytes);
  const sweep = (nowMs: number) => found.sweep({ nowMs, keepMs: 7 * DAY_MS });
  assert.deepEqual(await sweep(0), []);
  await found.open('new', 'set').put('part', bytes);
  assert.deepEqual(await sweep(7 * DAY_MS - 1), []);
  assert.deepEqual(await sweep(7 * DAY_MS), ['left']);
  assert.deepEqual(await found.list(), ['new']);
  await found.clear('new');
  // Nothing of the sweep's own stays behind.
  assert.deepEqual(await store.list('eu/'), []);
});

test('a sweep looks at so many works, and can be ended between two of them', async () => {
  const { places: found } = places();
  for (const work of ['a', 'b', 'c']) await found.open(work).put('part', bytes);
  const looked: string[] = [];
  const options = { nowMs: 0, keepMs: 0, limit: 2, onWork: (work: string) => void looked.push(work) };
  assert.deepEqual(await found.sweep(options), ['a', 'b']);
  assert.deepEqual(looked, ['a', 'b']);
  const ended = new Error('cancelled');
  const end = (): never => {
    throw ended;
  };
  await assert.rejects(found.sweep({ ...options, onWork: end }), ended);
  assert.deepEqual(await found.list(), ['c']);
});
