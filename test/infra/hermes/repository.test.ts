import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { viewName } from '../../../domain/views.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { bodyOf, exampleManifest, publish } from '../../support/object-store-views.ts';
import { code, setUp, stage, v, view } from '../../support/view-repository.ts';

test('versions are claimed one after the other, and a run gets its own back', async () => {
  const { repository } = setUp();
  assert.equal(await repository.claimVersion(view, 'run-a'), 1);
  assert.equal(await repository.claimVersion(view, 'run-b'), 2);
  assert.equal(await repository.claimVersion(view, 'run-a'), 1);
  assert.equal(await repository.claimVersion(viewName('pages'), 'run-a'), 1);
});

test('forty runs that claim at once, each twice, get forty numbers without a gap', async () => {
  const { repository } = setUp();
  const claims = Array.from({ length: 80 }, (_, i) => repository.claimVersion(view, `run-${i % 40}`));
  const numbers = await Promise.all(claims);
  assert.deepEqual(numbers.slice(0, 40), numbers.slice(40));
  assert.deepEqual(
    numbers.slice(0, 40).sort((a, b) => a - b),
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
});

test('the newest claim is found past the hundreds that lie between it and the announced version', async () => {
  const { store, repository } = setUp();
  await publish(repository, view, 'first', { 'part-0': 'x' });
  const put = (n: number) =>
    store.put(
      `local/views/popularity/versions/${String(n).padStart(8, '0')}/claim.json`,
      bodyOf(JSON.stringify({ view, version: n, runId: `run-${n}` })),
    );
  for (let n = 2; n <= 299; n += 1) await put(n);
  let puts = 0;
  const counted: ObjectStore = {
    ...store,
    async put(...args) {
      puts += 1;
      return store.put(...args);
    },
  };
  const counting = createViewRepository({ store: counted, region: region('local') });
  assert.deepEqual([await counting.claimVersion(view, 'next'), puts], [300, 1]);
  assert.equal(await repository.claimVersion(view, 'run-290'), 290);
});

test('a damaged claim keeps its number taken and stops nobody', async () => {
  const { store, repository } = setUp();
  await store.put('local/views/popularity/versions/00000001/claim.json', bodyOf('{"view":'));
  assert.equal(await repository.claimVersion(view, 'run-a'), 2);
  assert.equal((await repository.listVersions(view))[1]!.runId, null);
});

test('a published version is announced, readable part by part, and its manifest is the one the pointer names', async () => {
  const { repository } = setUp();
  const version = await publish(repository, view, 'run-a', { 'part-0': 'abc', 'part-1': 'de' });
  const pointer = await repository.readPointer(view);
  const stored = await repository.fetchManifest(view, version);
  assert.deepEqual(pointer, {
    view,
    version,
    previous: null,
    announcedAt: '2026-02-03T04:00:01.000Z',
    manifestSha256: stored.sha256,
    pin: null,
  });
  assert.deepEqual((await repository.readManifest(view, version)).cut, stored.manifest.cut);
  const part = await repository.readPart(view, version, stored.manifest.parts[1]!);
  assert.equal(Buffer.from(part).toString(), 'de');
  assert.equal(await repository.readState(view, version), 'announced');
});

test('the version announced before becomes the backup', async () => {
  const { repository } = setUp();
  for (const run of ['run-a', 'run-b', 'run-c']) await publish(repository, view, run, { 'part-0': run });
  const states = (await repository.listVersions(view)).map(({ version, state, runId }) => [
    version,
    state,
    runId,
  ]);
  assert.deepEqual(states, [
    [3, 'announced', 'run-c'],
    [2, 'backup', 'run-b'],
    [1, 'backup', 'run-a'],
  ]);
  assert.equal((await repository.readPointer(view))!.previous, 2);
});

test('announcing again by the same run changes nothing, even after a newer version came', async () => {
  const { repository } = setUp();
  const first = await publish(repository, view, 'run-a', { 'part-0': 'a' });
  const before = await repository.readPointer(view);
  const again = await repository.announce(view, first, { parent: null, runId: 'run-a' });
  assert.deepEqual(again, { pointer: before, moved: false });
  const second = await publish(repository, view, 'run-b', { 'part-0': 'b' });
  const late = await repository.announce(view, first, { parent: null, runId: 'run-a' });
  assert.deepEqual([late.moved, late.pointer.version], [false, second]);
});

test('a second run that announces the same version loses', async () => {
  const { repository } = setUp();
  const version = await stage(repository, 'run-a', null);
  await assert.rejects(
    repository.announce(view, version, { parent: null, runId: 'run-b' }),
    code('VIEW_VERSION_TAKEN'),
  );
  assert.equal(await repository.readPointer(view), undefined);
  await assert.rejects(
    repository.announce(view, v(9), { parent: null, runId: 'run-b' }),
    code('VIEW_NOT_FOUND'),
  );
});

test('a version whose parent is no longer current is not announced', async () => {
  const { repository } = setUp();
  const first = await publish(repository, view, 'run-a', { 'part-0': 'a' });
  const slow = await stage(repository, 'slow', first);
  const quick = await stage(repository, 'quick', first);
  await repository.announce(view, quick, { parent: first, runId: 'quick' });
  const moved = code('VIEW_PARENT_MOVED');
  await assert.rejects(repository.announce(view, slow, { parent: first, runId: 'slow' }), moved);
  await assert.rejects(repository.announce(view, slow, { parent: quick, runId: 'slow' }), moved);
  await assert.rejects(repository.announce(view, slow, { parent: null, runId: 'slow' }), moved);
  assert.equal((await repository.readPointer(view))!.version, quick);
  assert.equal(await repository.readState(view, slow), 'verified');
});

test('a pointer that moves between its reading and its writing is not written over', async () => {
  const { store, repository } = setUp();
  const first = await publish(repository, view, 'run-a', { 'part-0': 'a' });
  const slow = await stage(repository, 'slow', first);
  const quick = await stage(repository, 'quick', first);
  let overtake: Promise<unknown> | undefined;
  const overtaken: ObjectStore = {
    ...store,
    async get(key, range) {
      const found = await store.get(key, range);
      if (key.endsWith('pointer.json')) {
        overtake ??= repository.announce(view, quick, { parent: first, runId: 'quick' });
        await overtake;
      }
      return found;
    },
  };
  const late = createViewRepository({ store: overtaken, region: region('local') });
  await assert.rejects(
    late.announce(view, slow, { parent: first, runId: 'slow' }),
    code('VIEW_PARENT_MOVED'),
  );
  assert.equal((await repository.readPointer(view))!.version, quick);
});

test('a version that was not verified is not announced', async () => {
  const { repository } = setUp();
  const version = await repository.claimVersion(view, 'run-a');
  await repository.putManifest(exampleManifest(view, version, { 'part-0': 'a' }, null));
  assert.equal(await repository.readState(view, version), 'staged');
  await assert.rejects(
    repository.announce(view, version, { parent: null, runId: 'run-a' }),
    code('REQUEST_INVALID'),
  );
  assert.equal(await repository.readPointer(view), undefined);
});

test('a rejected version stays readable, is never announced and never verified again', async () => {
  const { repository } = setUp();
  const version = await stage(repository, 'run-a', null);
  await repository.reject(view, version, 'minimum-rows', 'it has 3 rows, at least 10 are expected');
  await repository.reject(view, version, 'minimum-rows', 'again');
  await assert.rejects(
    repository.announce(view, version, { parent: null, runId: 'run-a' }),
    (error: unknown) =>
      code('VIEW_REJECTED')(error) && /minimum-rows: it has 3 rows/.test((error as Error).message),
  );
  await assert.rejects(repository.setState(view, version, 'verified'), code('VIEW_REJECTED'));
  assert.equal((await repository.readManifest(view, version)).version, version);
  const [summary] = await repository.listVersions(view);
  assert.deepEqual([summary!.state, summary!.rule], ['rejected', 'minimum-rows']);
});

test('a claim can be rejected before it has a manifest', async () => {
  const { repository } = setUp();
  const version = await repository.claimVersion(view, 'run-a');
  await repository.reject(view, version, 'too-late', 'the run ended');
  assert.equal(await repository.readState(view, version), 'rejected');
  await assert.rejects(
    repository.reject(view, v(5), 'too-late', 'nobody claimed it'),
    code('VIEW_NOT_FOUND'),
  );
});

test('the current version cannot be rejected, only rolled back; it is never chosen again', async () => {
  const { repository } = setUp();
  const first = await publish(repository, view, 'run-a', { 'part-0': 'a' });
  const second = await publish(repository, view, 'run-b', { 'part-0': 'b' });
  await assert.rejects(repository.reject(view, second, 'bad', 'bad'), code('REQUEST_INVALID'));
  const pointer = await repository.rollBack(view, second, {
    rule: 'operator',
    reason: 'empty rows in the app',
  });
  assert.deepEqual([pointer.version, pointer.previous], [first, null]);
  assert.equal(pointer.manifestSha256, (await repository.fetchManifest(view, first)).sha256);
  assert.deepEqual(await repository.rollBack(view, second, { rule: 'operator', reason: 'twice' }), pointer);
  await assert.rejects(
    repository.announce(view, second, { parent: first, runId: 'run-b' }),
    code('VIEW_REJECTED'),
  );
  await assert.rejects(repository.pin(view, second), code('VIEW_REJECTED'));
  const third = await publish(repository, view, 'run-c', { 'part-0': 'c' });
  assert.deepEqual(
    (await repository.listVersions(view)).map(({ version, state }) => [version, state]),
    [
      [third, 'announced'],
      [second, 'rolled-back'],
      [first, 'backup'],
    ],
  );
  await assert.rejects(
    repository.rollBack(viewName('pages'), v(1), { rule: 'operator', reason: '' }),
    code('VIEW_NOT_FOUND'),
  );
});

test('a pin survives announcements and is taken off by null', async () => {
  const { repository } = setUp();
  const first = await publish(repository, view, 'run-a', { 'part-0': 'a' });
  assert.equal((await repository.pin(view, first)).pin, first);
  const second = await publish(repository, view, 'run-b', { 'part-0': 'b' });
  const pointer = await repository.readPointer(view);
  assert.deepEqual([pointer!.version, pointer!.pin], [second, first]);
  assert.equal((await repository.pin(view, null)).pin, null);
  await assert.rejects(repository.pin(view, v(9)), code('VIEW_NOT_FOUND'));
});
