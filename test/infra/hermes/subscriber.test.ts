import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath, type Subscription } from '../../../infra/hermes/subscriber.ts';
import { createLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { bodyOf, publish } from '../../support/object-store-views.ts';

const view = viewName('popularity');
const v = viewVersion;
const PART_2 = 'local/views/popularity/versions/00000002/parts/part-0.parquet';

type Line = { level: string; msg: string; version?: number; code?: string };

/** What a view's value is in these tests: the text of its first part. */
const loadText = async (dir: string, manifest: Manifest): Promise<string> =>
  readFile(localPartPath(dir, manifest.parts[0]!), 'utf8');

async function setUp(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-subscriber-'));
  const memory = createMemoryObjectStore();
  let gone = false;
  let gets = 0;
  const store: ObjectStore = {
    ...memory,
    async get(key, range) {
      gets += 1;
      if (gone) throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key, reason: 'it is gone' });
      return memory.get(key, range);
    },
  };
  let clock = Date.parse('2026-02-03T04:00:00Z');
  const repository = createViewRepository({ store, region: region('local'), now: () => new Date(clock) });
  const lines: Line[] = [];
  const log = createLog({
    name: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Line) },
  });
  const open: Subscription<unknown>[] = [];
  const subscriber = createSubscriber({ repository, dir, log, pollIntervalMs: 60_000, now: () => clock });
  t.after(async () => {
    for (const subscription of open) await subscription.close();
    await rm(dir, { recursive: true });
  });
  return {
    dir: join(dir, view),
    store: memory,
    repository,
    lines,
    subscribe: async (load = loadText, onVersion?: () => void) => {
      const subscription = await subscriber.subscribe(view, { load, ...(onVersion ? { onVersion } : {}) });
      open.push(subscription);
      return subscription;
    },
    publish: (run: string, text: string) => publish(repository, view, run, { 'part-0': text }),
    setGone: (value: boolean) => (gone = value),
    wait: (ms: number) => (clock += ms),
    gets: () => gets,
  };
}

const said = (lines: Line[], text: string): Line[] => lines.filter(({ msg }) => msg.includes(text));

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
  t.after(() => subscription.close());
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
