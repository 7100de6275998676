import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import type { Notice } from '../../../domain/notices/notice.ts';
import type { Pointer } from '../../../domain/views.ts';
import { createSteering } from '../../../infra/hermes/steering.ts';
import { code, setUp, stage, v, view } from '../../support/view-repository.ts';

/** So many versions announced one after the other, and what was said of the pointer since. */
async function published(count: number, announceFails = false) {
  const { repository, store } = setUp();
  for (let number = 1; number <= count; number += 1) {
    const parent = number === 1 ? null : v(number - 1);
    const runId = `run-${number}`;
    const version = await stage(repository, runId, parent);
    await repository.announce(view, version, { parent, runId });
  }
  const told: Pointer[] = [];
  const announce = (pointer: Pointer): Promise<void> => {
    if (announceFails) return Promise.reject(new Error('away'));
    told.push(pointer);
    return Promise.resolve();
  };
  const noticed: Notice[] = [];
  const outbox = { put: async (notice: Notice) => void noticed.push(notice) };
  const steering = createSteering({ views: repository, announce, outbox, region: region('local') });
  return { repository, store, told, noticed, steering };
}

test('a pin is served in place of what is announced, and let go again; both are announced', async () => {
  const { steering, told, repository } = await published(3);
  const pinned = await steering.pin(view, v(1));
  assert.deepEqual([pinned.from, pinned.to, pinned.changed, pinned.notified], [3, 1, true, true]);
  assert.equal((await repository.readPointer(view))?.pin, 1);
  const free = await steering.unpin(view);
  assert.deepEqual([free.from, free.to, free.pinned], [1, 3, null]);
  assert.deepEqual(
    told.map(({ version, pin }) => [version, pin]),
    [
      [3, 1],
      [3, null],
    ],
  );
});

test('a dry run says the same and changes nothing', async () => {
  for (const act of ['pin', 'rollBack'] as const) {
    const { steering, told, repository } = await published(2);
    const before = await repository.readPointer(view);
    const dry =
      act === 'pin' ? await steering.pin(view, v(1), true) : await steering.rollBack(view, 'bad', true);
    assert.deepEqual([dry.from, dry.to, dry.changed, dry.dryRun], [2, 1, false, true]);
    assert.deepEqual([await repository.readPointer(view), told], [before, []]);
    const done = act === 'pin' ? await steering.pin(view, v(1)) : await steering.rollBack(view, 'bad');
    assert.deepEqual([done.from, done.to, done.changed], [2, 1, true]);
  }
});

test('of two bad versions in a row neither is ever chosen again', async () => {
  const { steering, repository } = await published(3);
  await steering.rollBack(view, 'bad');
  const second = await steering.rollBack(view, 'bad as well');
  assert.deepEqual([second.from, second.to], [2, 1]);
  for (const refused of [2, 3]) {
    await assert.rejects(steering.pin(view, v(refused)), code('VIEW_REJECTED'));
    await assert.rejects(steering.pin(view, v(refused), true), code('VIEW_REJECTED'));
  }
  await assert.rejects(steering.rollBack(view, 'no more'), code('VIEW_NOT_FOUND'));
  await assert.rejects(steering.rollBack(view, 'no more', true), code('VIEW_NOT_FOUND'));
  assert.equal((await repository.readPointer(view))?.version, 1);
});

test('a version that was refused between good ones is passed over, also for the moment that a pointer needs to move', async () => {
  const { steering, repository, store } = await published(3);
  await steering.rollBack(view, 'bad');
  const version = await stage(repository, 'run-4', 2);
  await repository.announce(view, version, { parent: v(2), runId: 'run-4' });
  const pointed: number[] = [];
  const put = store.put;
  store.put = (key, body, condition) => {
    if (key.endsWith('/pointer.json'))
      pointed.push((JSON.parse(Buffer.from(body).toString()) as Pointer).version);
    return put(key, body, condition);
  };
  assert.equal((await steering.rollBack(view, 'bad as well', true)).to, 2);
  assert.equal((await steering.rollBack(view, 'bad as well')).to, 2);
  assert.deepEqual(pointed, [2]);
});

test('a pin to an older version outlasts a roll back; a pin to the bad one does not', async () => {
  const kept = await published(3);
  await kept.steering.pin(view, v(1));
  const stays = await kept.steering.rollBack(view, 'bad');
  assert.deepEqual([stays.from, stays.to, stays.pinned, stays.changed], [1, 1, 1, true]);
  const lost = await published(3);
  await lost.steering.pin(view, v(3));
  const gone = await lost.steering.rollBack(view, 'bad');
  assert.deepEqual([gone.to, gone.pinned], [2, null]);
});

test('what is steered holds although nobody could be told, and doing it again tells', async () => {
  const { steering, repository } = await published(2, true);
  const pinned = await steering.pin(view, v(1));
  assert.deepEqual([pinned.changed, pinned.notified], [true, false]);
  const told: Pointer[] = [];
  const again = await createSteering({
    ...{ views: repository, region: region('local'), outbox: { put: async () => undefined } },
    announce: async (pointer) => void told.push(pointer),
  }).pin(view, v(1));
  assert.deepEqual([again.changed, again.notified, told.length], [false, true, 1]);
});

test('a view that was never announced and a version that is not there are not found', async () => {
  await assert.rejects((await published(0)).steering.unpin(view), code('VIEW_NOT_FOUND'));
  await assert.rejects((await published(1)).steering.pin(view, v(9)), code('VIEW_NOT_FOUND'));
});

test('what operators did is told, once for each change, with what is served since', async () => {
  const { steering, noticed } = await published(3);
  for (const _ of [1, 2]) await steering.pin(view, v(1));
  await steering.pin(view, v(2), true);
  await steering.unpin(view);
  await steering.rollBack(view, 'halved');
  assert.deepEqual(
    noticed.map(({ kind, version, served, rule, reason }) => [kind, version, served, rule, reason]),
    [
      ['pinned', 1, 1, null, null],
      ['unpinned', 3, 3, null, null],
      ['rolled-back', 3, 2, 'operator', 'halved'],
    ],
  );
});

test('a change stands although nobody can be told of it', async () => {
  const { repository } = await published(2);
  const outbox = { put: () => Promise.reject(new Error('full')) };
  const steering = createSteering({
    ...{ views: repository, announce: async () => undefined, outbox, region: region('local') },
  });
  assert.equal((await steering.pin(view, v(1))).changed, true);
});
