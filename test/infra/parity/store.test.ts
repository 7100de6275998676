import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generation, region } from '../../../domain/ids.ts';
import { emptyParity, excluding } from '../../../domain/parity/state.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { createParityStore } from '../../../infra/parity/store.ts';

const EMPTY = emptyParity({ generation: generation('g1'), blockSize: 16 });
const fix = (name: string) => ({ name, kind: 'backfill', touched: { fromMs: 0, toMs: 1 } }) as const;

test('two who change it at the same time both have their change in it', async () => {
  const objects = createMemoryObjectStore();
  const [one, other] = [1, 2].map(() => createParityStore(objects, region('eu')));
  await one!.update(() => EMPTY);
  await Promise.all([
    one!.update((state) => excluding(state ?? EMPTY, fix('a'))),
    other!.update((state) => excluding(state ?? EMPTY, fix('b'))),
  ]);
  const names = (await one!.read())?.exclusions.map(({ name }) => name);
  assert.deepEqual(names?.sort(), ['a', 'b']);
});

test('a change that is refused leaves the state as it was, and a damaged state is said to be', async () => {
  const objects = createMemoryObjectStore();
  const store = createParityStore(objects, region('eu'));
  assert.equal(await store.read(), undefined);
  await store.update(() => EMPTY);
  const refuse = (): never => {
    throw new RangeError('no');
  };
  await assert.rejects(store.update(refuse), RangeError);
  assert.deepEqual(await store.read(), EMPTY);
  await objects.put('eu/parity.json', Buffer.from('{'));
  await assert.rejects(store.read(), { code: 'CHECKPOINT_CORRUPT' });
});
