import assert from 'node:assert/strict';
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { publish } from '../../support/object-store-views.ts';
import { said, setUp, v, view } from '../../support/view-subscriber.ts';

test('with the store gone a start serves the last good copy from disk, and the store confirms it later', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  await s.publish('run-2', 'two');
  await (await s.subscribe()).close();
  s.setGone(true);
  const subscription = await s.subscribe();
  assert.deepEqual([subscription.current()!.value, subscription.status().source], ['two', 'disk']);
  s.setGone(false);
  await subscription.nudge();
  assert.deepEqual([subscription.current()!.value, subscription.status().source], ['two', 'store']);
});

test('with the store gone and nothing on disk a start has no version, and does not fail', async (t) => {
  const s = await setUp(t);
  s.setGone(true);
  const subscription = await s.subscribe();
  assert.equal(subscription.current(), undefined);
  assert.equal(subscription.status().lastError!.code, 'OBJECT_STORE_UNAVAILABLE');
});

test('a part that the version before has too is taken from disk, unless it is damaged there', async (t) => {
  const s = await setUp(t);
  const parts = (text: string) => ({ 'part-0': text, 'part-1': 'this never changes' });
  const fetched = async (run: string, text: string): Promise<string[]> => {
    await publish(s.repository, view, run, parts(text));
    const from = s.keys.length;
    await subscription.nudge();
    assert.equal(subscription.current()!.value, text);
    return s.keys.slice(from).flatMap((key) => /parts\/(.*)\.parquet$/.exec(key)?.[1] ?? []);
  };
  const subscription = await s.subscribe();
  assert.deepEqual(await fetched('run-1', 'one'), ['part-0', 'part-1']);
  assert.deepEqual(await fetched('run-2', 'two'), ['part-0']);
  for (const version of ['00000001', '00000002'])
    await writeFile(join(s.dir, version, 'parts/part-1.parquet'), 'this never Changes');
  assert.deepEqual(await fetched('run-3', 'three'), ['part-0', 'part-1']);
  assert.equal(await readFile(join(s.dir, '00000003/parts/part-1.parquet'), 'utf8'), 'this never changes');
});

for (const [harm, damage] of [
  ['shortened', (dir: string) => truncate(join(dir, '00000002/parts/part-0.parquet'), 1)],
  ['changed', (dir: string) => writeFile(join(dir, '00000002/parts/part-0.parquet'), 'tw0')],
  ['without its part', (dir: string) => rm(join(dir, '00000002/parts/part-0.parquet'))],
  ['without its manifest', (dir: string) => rm(join(dir, '00000002/manifest.json'))],
  ['with a manifest cut short', (dir: string) => truncate(join(dir, '00000002/manifest.json'), 50)],
] as const) {
  test(`a local copy ${harm} is discarded with a line, and the one before it serves`, async (t) => {
    const s = await setUp(t);
    const first = await s.subscribe();
    for (const [run, text] of [
      ['run-1', 'one'],
      ['run-2', 'two'],
    ] as const) {
      await s.publish(run, text);
      await first.nudge();
    }
    await first.close();
    await damage(s.dir);
    s.setGone(true);
    const subscription = await s.subscribe();
    assert.deepEqual([subscription.current()!.value, subscription.status().source], ['one', 'disk']);
    assert.equal(said(s.lines, 'discarded').length, 1);
    assert.ok(!(await readdir(s.dir)).includes('00000002'));
    s.setGone(false);
    await subscription.nudge();
    assert.deepEqual([subscription.current()!.value, subscription.status().source], ['two', 'store']);
  });
}

test('a version that was on disk but never served is not begun with', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  const first = await s.subscribe();
  await s.publish('run-2', 'two');
  await first.nudge();
  await first.close();
  await writeFile(
    join(s.dir, 'CURRENT'),
    JSON.stringify({ version: 1, manifestSha256: (await s.repository.fetchManifest(view, v(1))).sha256 }),
  );
  s.setGone(true);
  const second = await s.subscribe();
  assert.equal(second.current()!.value, 'one');
  await second.close();
  await writeFile(join(s.dir, '00000001/parts/part-0.parquet'), 'on3');
  assert.equal((await s.subscribe()).current()!.value, 'two', 'but it is better than nothing');
});

test('when the last good copy is damaged an older one comes before one that was never served', async (t) => {
  const s = await setUp(t);
  const dirs = ['00000001', '00000002', '00000003'];
  for (const [i, dir] of dirs.entries()) {
    await s.publish(`run-${i}`, `text ${i + 1}`);
    const keeper = await s.subscribe();
    await keeper.close();
    await cp(join(s.dir, dir), join(s.dir, '..', 'kept', dir), { recursive: true });
  }
  await cp(join(s.dir, '..', 'kept'), s.dir, { recursive: true });
  const { sha256 } = await s.repository.fetchManifest(view, v(2));
  await writeFile(join(s.dir, 'CURRENT'), JSON.stringify({ version: 2, manifestSha256: sha256 }));
  await rm(join(s.dir, '00000002/parts/part-0.parquet'));
  s.setGone(true);
  assert.equal((await s.subscribe()).current()!.value, 'text 1');
});

test('a note of the last good copy that is damaged costs nothing: the newest whole copy serves', async (t) => {
  const s = await setUp(t);
  await s.publish('run-1', 'one');
  await (await s.subscribe()).close();
  await writeFile(join(s.dir, 'CURRENT'), 'not json');
  s.setGone(true);
  assert.equal((await s.subscribe()).current()!.value, 'one');
});

test('two versions stay on disk, the live one and the one before, and half-written ones are swept up', async (t) => {
  const s = await setUp(t);
  const first = await s.subscribe();
  for (let i = 1; i <= 5; i += 1) {
    await s.publish(`run-${i}`, `text ${i}`);
    await first.nudge();
  }
  assert.deepEqual((await readdir(s.dir)).sort(), ['00000004', '00000005', 'CURRENT']);
  assert.equal(
    (JSON.parse(await readFile(join(s.dir, 'CURRENT'), 'utf8')) as { version: number }).version,
    5,
  );
  await first.close();
  await writeFile(join(s.dir, '.tmp-1-left-behind'), 'x');
  await s.subscribe();
  assert.deepEqual((await readdir(s.dir)).sort(), ['00000004', '00000005', 'CURRENT']);
});
