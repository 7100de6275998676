import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { draftNotice, type Notice } from '../../../domain/notices/notice.ts';
import { viewName } from '../../../domain/views.ts';
import { createOutbox } from '../../../infra/notices/outbox.ts';
import { createWatchStore } from '../../../infra/notices/watch-store.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const EU = region('eu');
const view = viewName('clusters');
const noticeOf = (unique: number): Notice => ({
  ...draftNotice({ kind: 'pinned', region: EU, view, unique }),
  at: '2026-02-03T04:05:06.000Z',
});

test('what was put waits until it is removed; put again it is there once', async () => {
  const outbox = createOutbox(createMemoryObjectStore(), EU);
  for (const unique of [1, 2, 1]) await outbox.put(noticeOf(unique));
  assert.deepEqual(await outbox.list(10), [noticeOf(1), noticeOf(2)]);
  assert.equal((await outbox.list(1)).length, 1);
  await outbox.remove(noticeOf(1).id);
  assert.deepEqual(await outbox.list(10), [noticeOf(2)]);
});

test('what cannot be read keeps nothing up', async () => {
  const store = createMemoryObjectStore();
  const outbox = createOutbox(store, EU);
  await outbox.put(noticeOf(1));
  await store.put('eu/notices/outbox/damaged.json', Buffer.from('{"id":'));
  assert.deepEqual(await outbox.list(10), [noticeOf(1)]);
  assert.equal((await store.list('eu/notices/outbox/')).length, 1);
});

test('an id that would be another key is refused', async () => {
  const outbox = createOutbox(createMemoryObjectStore(), EU);
  await assert.rejects(outbox.put({ ...noticeOf(1), id: '../../views/clusters/pointer' }));
});

test('of two looks that began from the same state one is refused', async () => {
  const store = createWatchStore(createMemoryObjectStore(), EU);
  const { state, etag } = await store.read();
  assert.deepEqual([state, etag], [{}, null]);
  await store.write({}, etag);
  await assert.rejects(store.write({}, etag));
  await store.write({}, (await store.read()).etag);
});

test('when nothing had changed is kept by view', async () => {
  const store = createWatchStore(createMemoryObjectStore(), EU);
  assert.equal(await store.unchangedAt(view), null);
  await store.markUnchanged(view, 1234);
  assert.deepEqual([await store.unchangedAt(view), await store.unchangedAt(viewName('pages'))], [1234, null]);
});
