import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { titleId } from '../../domain/ids.ts';
import { silentLog } from '../../infra/log.ts';
import { createCatalogueFile, parseCatalogue, type CatalogueFile } from '../../serving/catalogue-file.ts';

const line = (id: string, more: object = {}): string =>
  JSON.stringify({ titleId: id, kind: 'film', name: `Film ${id}`, availability: { '*': [] }, ...more });

async function setUp(
  t: TestContext,
): Promise<{ path: string; catalogue: CatalogueFile; open: () => CatalogueFile }> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-catalogue-'));
  const path = join(dir, 'catalogue.ndjson');
  const open = (): CatalogueFile =>
    createCatalogueFile({ path, copyPath: join(dir, 'copies', 'c'), intervalMs: 60_000, log: silentLog() });
  t.after(() => rm(dir, { recursive: true }));
  return { path, catalogue: open(), open };
}

test('lines that are no entries are counted and passed over', () => {
  const text = [line('1'), '{broken', '[]', '{"titleId":"2"}', '', line('3', { kind: 'opera' })].join('\n');
  const { read, refused } = parseCatalogue(text);
  assert.deepEqual([...read.keys()], ['1']);
  assert.equal(refused, 4);
  assert.deepEqual(read.get(titleId('1'))?.genres, []);
});

test('a byte order mark costs no entry, and makes no file look cut', () => {
  const { read, refused, isCut } = parseCatalogue(`\ufeff${line('1')}`);
  assert.deepEqual([[...read.keys()], refused, isCut], [['1'], 0, false]);
});

test('an entry that does not say where it may be shown is none', () => {
  const { availability: _, ...entry } = JSON.parse(line('1')) as Record<string, unknown>;
  assert.equal(parseCatalogue(JSON.stringify(entry)).read.size, 0);
});

test('a file that changed is read again', async (t) => {
  const { path, catalogue } = await setUp(t);
  await writeFile(path, line('1'));
  await catalogue.refresh();
  assert.equal(catalogue.size(), 1);
  await writeFile(path, `${line('1')}\n${line('2')}\n`);
  await catalogue.refresh();
  assert.equal(catalogue.size(), 2);
});

test('a file that is gone or broken leaves what was read before', async (t) => {
  const { path, catalogue } = await setUp(t);
  await catalogue.refresh();
  assert.equal(catalogue.size(), 0);
  await writeFile(path, line('1'));
  await catalogue.refresh();
  await writeFile(path, 'all of this is broken');
  await catalogue.refresh();
  assert.equal(catalogue.size(), 1);
  await rm(path);
  await catalogue.refresh();
  assert.equal(catalogue.find(titleId('1'))?.name, 'Film 1');
});

test('a start at which the file is broken goes on from the last good copy', async (t) => {
  const { path, catalogue, open } = await setUp(t);
  await writeFile(path, line('1'));
  await catalogue.refresh();
  await writeFile(path, 'broken');
  const next = open();
  await next.refresh();
  assert.equal(next.find(titleId('1'))?.name, 'Film 1');
  await writeFile(path, line('2'));
  await next.refresh();
  assert.deepEqual([next.size(), next.find(titleId('1'))], [1, undefined]);
});

test('a file of which half is written leaves what was read before, and is read once it is whole', async (t) => {
  const { path, catalogue, open } = await setUp(t);
  const whole = ['1', '2', '3', '4'].map((id) => line(id)).join('\n');
  await writeFile(path, whole);
  await catalogue.refresh();
  await writeFile(path, whole.slice(0, 2.5 * line('1').length));
  await catalogue.refresh();
  assert.equal(catalogue.size(), 4);
  const next = open();
  await next.refresh();
  assert.equal(next.size(), 4, 'a start goes on from the last good copy');
  await writeFile(path, `${whole}\n${line('5')}\n`);
  await catalogue.refresh();
  assert.equal(catalogue.size(), 5);
});

test('a file that lost many titles is taken up once it has stood still for a minute', async (t) => {
  const { path } = await setUp(t);
  let later = 0;
  const catalogue = createCatalogueFile({
    ...{ path, copyPath: join(dirname(path), 'copies', 'c'), intervalMs: 60_000, log: silentLog() },
    now: () => Date.now() + later,
  });
  await writeFile(path, ['1', '2', '3', '4'].map((id) => line(id)).join('\n'));
  await catalogue.refresh();
  await writeFile(path, `${line('1')}\n${line('2')}`);
  await catalogue.refresh();
  assert.equal(catalogue.size(), 4, 'cut between two entries, perhaps');
  later = 61_000;
  await catalogue.refresh();
  assert.equal(catalogue.size(), 2);
});

test('half of a catalogue is used where there is no other', async (t) => {
  const { path, catalogue } = await setUp(t);
  await writeFile(path, `${line('1')}\n{"titleId":"2","ki`);
  await catalogue.refresh();
  assert.equal(catalogue.size(), 1);
});

test('a last line that is broken and ended is passed over as any other', async (t) => {
  const { path, catalogue } = await setUp(t);
  await writeFile(path, line('1'));
  await catalogue.refresh();
  await writeFile(path, `${line('2')}\n{broken\n`);
  await catalogue.refresh();
  assert.deepEqual([catalogue.size(), catalogue.find(titleId('2'))?.name], [1, 'Film 2']);
});

test('the copy is of what was read, though the file became another meanwhile', async (t) => {
  const { path, open } = await setUp(t);
  await writeFile(path, line('1'));
  const log = silentLog();
  t.mock.method(log, 'info', () => writeFileSync(path, 'all of this is broken'));
  const copyPath = join(dirname(path), 'copies', 'c');
  await createCatalogueFile({ path, copyPath, intervalMs: 60_000, log }).refresh();
  const next = open();
  await next.refresh();
  assert.equal(next.find(titleId('1'))?.name, 'Film 1');
});

test('the order is by launch, newest first, then year, then name', async (t) => {
  const { path, catalogue } = await setUp(t);
  const lines = [
    line('old', { year: 1950 }),
    line('b', { name: 'B', year: 1999 }),
    line('a', { name: 'A', year: 1999 }),
    line('new', { launchTime: 5 }),
  ];
  await writeFile(path, lines.join('\n'));
  await catalogue.refresh();
  assert.deepEqual(
    catalogue.inOrder().map((entry) => entry.titleId),
    ['new', 'a', 'b', 'old'],
  );
});
