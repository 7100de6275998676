import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { bodyOf, exampleManifest, publish } from '../../support/object-store-views.ts';
import { code, setUp, v, view } from '../../support/view-repository.ts';

test('a part is never written over: other bytes under its name are stored beside it', async () => {
  const { repository } = setUp();
  const version = await repository.claimVersion(view, 'run-a');
  const first = await repository.putPart(view, version, 'part-0', bodyOf('first try'));
  assert.deepEqual(await repository.putPart(view, version, 'part-0', bodyOf('first try')), first);
  const second = await repository.putPart(view, version, 'part-0', bodyOf('second try'));
  assert.deepEqual(await repository.putPart(view, version, 'part-0', bodyOf('second try')), second);
  assert.equal(first.name, 'part-0');
  assert.equal(second.name, `part-0-${second.sha256.slice(0, 16)}`);
  for (const [receipt, text] of [
    [first, 'first try'],
    [second, 'second try'],
  ] as const) {
    const body = await repository.readPart(view, version, { ...receipt, rows: 1 });
    assert.equal(Buffer.from(body).toString(), text);
  }
  await assert.rejects(repository.putPart(view, version, '../pointer', bodyOf('x')), code('VIEW_CORRUPT'));
});

test('a second, different manifest of a version is refused, the same one is not', async () => {
  const { repository } = setUp();
  const version = await repository.claimVersion(view, 'run-a');
  const manifest = exampleManifest(view, version, { 'part-0': 'a' }, null);
  const stored = await repository.putManifest(manifest);
  assert.deepEqual(await repository.putManifest(manifest), stored);
  await assert.rejects(
    repository.putManifest({ ...manifest, codeVersion: '0.2.0' }),
    code('VIEW_VERSION_TAKEN'),
  );
  await assert.rejects(repository.putManifest({ ...manifest, blockSize: 1000 }), code('VIEW_CORRUPT'));
  await assert.rejects(repository.putManifest({ ...manifest, region: region('eu') }), code('VIEW_CORRUPT'));
});

test('verify finds a part that is missing, shortened or changed, and a manifest that is damaged', async () => {
  const { store, repository } = setUp();
  const version = await repository.claimVersion(view, 'run-a');
  const key = `local/views/popularity/versions/00000001/parts/part-0.parquet`;
  await repository.putManifest(exampleManifest(view, version, { 'part-0': 'abc' }, null));
  const wrong = (text: RegExp) => (error: unknown) =>
    code('VIEW_CORRUPT')(error) && text.test((error as Error).message);
  await assert.rejects(repository.verify(view, version), wrong(/part-0 is missing/));
  await store.put(key, bodyOf('ab'));
  await assert.rejects(repository.verify(view, version), wrong(/has 2 bytes, expected 3/));
  await store.put(key, bodyOf('abd'));
  await assert.rejects(repository.verify(view, version), wrong(/checksum/));
  assert.equal(await repository.readState(view, version), 'staged');
  await store.put(key, bodyOf('abc'));
  await repository.verify(view, version);
  assert.equal(await repository.readState(view, version), 'verified');
  await store.put('local/views/popularity/versions/00000001/manifest.json', bodyOf('{"view":"popularity"'));
  await assert.rejects(repository.verify(view, version), wrong(/not JSON/));
});

test('a manifest that says it is of another region is not believed', async () => {
  const { store, repository } = setUp();
  await publish(repository, view, 'run-a', { 'part-0': 'a' });
  const text = (await repository.fetchManifest(view, v(1))).text.replace('"region":"local"', '"region":"eu"');
  await store.put('local/views/popularity/versions/00000001/manifest.json', bodyOf(text));
  await assert.rejects(repository.readManifest(view, v(1)), code('VIEW_CORRUPT'));
});

test('a damaged status is shown as unreadable and hides no other version', async () => {
  const { store, repository } = setUp();
  await publish(repository, view, 'run-a', { 'part-0': 'a' });
  await publish(repository, view, 'run-b', { 'part-0': 'b' });
  await store.put('local/views/popularity/versions/00000001/status.json', bodyOf('??'));
  assert.deepEqual(
    (await repository.listVersions(view)).map(({ version, state }) => [version, state]),
    [
      [2, 'announced'],
      [1, 'unreadable'],
    ],
  );
});
