import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSubscriber } from '../../../infra/hermes/subscriber.ts';
import { createLog } from '../../../infra/log.ts';
import { bodyOf } from '../../support/object-store-views.ts';
import { loadText, PART_2, said, setUp, v, view } from '../../support/view-subscriber.ts';

test('a subscriber follows the announced version, and says how far behind it was', async (t) => {
  const s = await setUp(t);
  const subscription = await s.subscribe();
  assert.equal(subscription.current(), undefined);
  assert.deepEqual([subscription.status().version, subscription.status().lagMs], [null, null]);
  await s.publish('run-1', 'one');
  await subscription.nudge();
  assert.deepEqual([subscription.current()!.value, subscription.current()!.source], ['one', 'store']);
  await s.publish('run-2', 'two');
  s.wait(5000);
  assert.equal(subscription.current()!.value, 'one');
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'two');
  assert.deepEqual(subscription.status(), {
    view,
    version: 2,
    pinned: null,
    source: 'store',
    loadedAt: '2026-02-03T04:00:05.000Z',
    loadLagMs: 5000,
    lagMs: 0,
    refused: 0,
    lastError: null,
  });
});

test('polling finds a new version without a nudge', async (t) => {
  const s = await setUp(t);
  const subscriber = createSubscriber({
    repository: s.repository,
    dir: join(s.dir, 'polled'),
    log: createLog({ name: 'test', level: 'silent' }),
    pollIntervalMs: 10,
  });
  const seen = Promise.withResolvers<number>();
  const subscription = await subscriber.subscribe(view, {
    load: loadText,
    onVersion: ({ version }) => seen.resolve(version),
  });
  s.closeFirst(subscription);
  await s.publish('run-1', 'one');
  assert.equal(await seen.promise, 1);
});

test('a version that is live already is neither downloaded nor loaded again', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  let loads = 0;
  const subscription = await s.subscribe(async (dir, manifest) => {
    loads += 1;
    return loadText(dir, manifest);
  });
  const before = s.gets();
  await Promise.all([subscription.nudge(), subscription.nudge(), subscription.nudge()]);
  assert.deepEqual([loads, s.gets() - before], [1, 1]);
});

test('a pin is obeyed, and so is its end', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  await s.publish('run-2', 'two');
  const subscription = await s.subscribe();
  await s.repository.pin(view, v(1));
  await subscription.nudge();
  assert.deepEqual(
    [subscription.current()!.value, subscription.status().pinned, subscription.status().lagMs],
    ['one', 1, 0],
  );
  await s.repository.pin(view, null);
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'two');
});

test('how long a version took to be loaded is told of those that were announced meanwhile alone', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  s.wait(1000);
  const subscription = await s.subscribe();
  const lag = async (): Promise<readonly unknown[]> => {
    s.wait(30);
    await subscription.nudge();
    return [subscription.current()!.value, subscription.status().loadLagMs];
  };
  assert.deepEqual(await lag(), ['one', null], 'it was there before');
  await s.repository.pin(view, v(1));
  await s.publish('run-2', 'two');
  assert.deepEqual(await lag(), ['one', null]);
  await s.repository.pin(view, null);
  assert.deepEqual(await lag(), ['two', null], 'it waited for the pin');
  await s.publish('run-3', 'three');
  assert.deepEqual(await lag(), ['three', 30]);
  await s.repository.rollBack(view, v(3), { rule: 'operator', reason: 'bad' });
  assert.deepEqual(await lag(), ['two', 30]);
});

test('a rolled-back version is left for the one before it', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  await s.publish('run-2', 'two');
  const subscription = await s.subscribe();
  await s.repository.rollBack(view, v(2), { rule: 'operator', reason: 'bad' });
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'one');
});

test('a corrupt part is refused, counted, logged once, and the version before keeps serving until it is mended', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  const subscription = await s.subscribe();
  await s.publish('run-2', 'two');
  const good = await s.store.get(PART_2);
  await s.store.put(PART_2, bodyOf('tw0'));
  await subscription.nudge();
  s.wait(1000);
  const afterFirst = s.gets();
  await subscription.nudge();
  assert.equal(s.gets() - afterFirst, 1, 'a refused version is not downloaded at every look');
  s.wait(60_000);
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'one');
  const status = subscription.status();
  assert.deepEqual([status.refused, status.lastError!.code, status.lagMs], [2, 'VIEW_CORRUPT', 61_000]);
  assert.match(status.lastError!.message, /part-0 has checksum/);
  assert.equal(said(s.lines, 'refused').length, 1);
  assert.deepEqual(await readdir(s.dir), ['00000001', 'CURRENT'], 'nothing of it stays on disk');
  await s.store.put(PART_2, good!.body);
  s.wait(300_000);
  await subscription.nudge();
  assert.deepEqual([subscription.current()!.value, subscription.status().lastError], ['two', null]);
});

test('a manifest that is not the announced one is refused', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  const subscription = await s.subscribe();
  await s.publish('run-2', 'two');
  const key = 'local/views/popularity/versions/00000002/manifest.json';
  const { text } = await s.repository.fetchManifest(view, v(2));
  await s.store.put(key, bodyOf(text.replace('"plays":12', '"plays":13')));
  await subscription.nudge();
  assert.deepEqual(
    [subscription.current()!.value, subscription.status().lastError!.code],
    ['one', 'VIEW_CORRUPT'],
  );
  await s.store.put(key, bodyOf(text.slice(0, 100)));
  s.wait(300_000);
  await subscription.nudge();
  assert.deepEqual([subscription.current()!.value, subscription.status().refused], ['one', 2]);
});

test('a version that cannot be loaded is refused like a corrupt one', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  const subscription = await s.subscribe(async (dir, manifest) => {
    if (manifest.version === 2) throw new Error('no such column');
    return loadText(dir, manifest);
  });
  await s.publish('run-2', 'two');
  await subscription.nudge();
  assert.deepEqual(
    [subscription.current()!.value, subscription.status().lastError!.message],
    ['one', 'no such column'],
  );
  await s.publish('run-3', 'three');
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'three');
});

test('while the store is gone what is loaded keeps serving, and one line says so', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  const subscription = await s.subscribe();
  s.setGone(true);
  await subscription.nudge();
  await subscription.nudge();
  assert.equal(subscription.current()!.value, 'one');
  assert.deepEqual(
    [subscription.status().lastError!.code, said(s.lines, 'cannot be read').length],
    ['OBJECT_STORE_UNAVAILABLE', 1],
  );
  s.setGone(false);
  await subscription.nudge();
  assert.equal(subscription.status().lastError, null);
});
