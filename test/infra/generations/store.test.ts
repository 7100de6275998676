import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { openNext } from '../../../domain/generations.ts';
import { generation, region } from '../../../domain/ids.ts';
import { createGenerationStore } from '../../../infra/generations/store.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const IN_USE = { generation: generation('g1'), partitions: 2, blockSize: 1024 };
const eight = { partitions: 8, blockSize: 1024 };

test('a region without a record has an empty history, and what was written is read', async () => {
  const store = createGenerationStore(createMemoryObjectStore(), region('eu'));
  assert.deepEqual(await store.read(), []);
  const opened = await store.update((history) => openNext(history, IN_USE, eight));
  assert.deepEqual(await store.read(), opened);
});

test('of two that change it at once one is refused, and nothing is written where nothing changes', async () => {
  const objects = createMemoryObjectStore();
  const store = createGenerationStore(objects, region('eu'));
  await assert.rejects(
    store.update((history) => {
      void objects.put('eu/generations.json', new TextEncoder().encode('{"generations": []}'));
      return openNext(history, IN_USE, eight);
    }),
    (error) => isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED'),
  );
  await store.update((history) => history);
  assert.deepEqual(await store.read(), []);
});
