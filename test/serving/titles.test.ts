import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { publishCatalogue } from '../support/side-inputs.ts';
import { createServingBench, entry, type ServingBench } from '../support/serving.ts';
import { until } from '../support/until.ts';

const HERE = [{ from: null, to: null }];
const FILE = [entry('a'), entry('b')];

/** Titles of a row in the catalogue's order: nothing was counted. */
async function titles(bench: ServingBench, query = ''): Promise<string[]> {
  return (await bench.row(`popular${query}`)).items.map(({ name }) => name);
}

const announce = (bench: ServingBench) =>
  bench.announcements.append(0, [{ key: Buffer.from(CATALOGUE_VIEW), value: Buffer.from('{}') }]);

test('an announced catalogue takes the place of the file at once, without a look at the file again', async (t) => {
  const bench = await createServingBench(t, FILE);
  await bench.start();
  assert.deepEqual(await titles(bench), ['Film a', 'Film b']);
  assert.match(await bench.text('/metrics'), /^marquee_catalogue_version 0$/m);
  await publishCatalogue(bench.repository, [entry('b', { name: 'B renamed' }), entry('c', { year: 1990 })]);
  await announce(bench);
  await until(async () => (await titles(bench)).length === 2 && (await titles(bench))[0] === 'B renamed');
  assert.deepEqual(await titles(bench), ['B renamed', 'Film c']);
  assert.match(await bench.text('/metrics'), /^marquee_catalogue_version 1$/m);
  assert.match(await bench.text('/metrics'), /^marquee_catalogue_titles 2$/m);
  await writeFile(bench.cataloguePath, JSON.stringify(entry('d')));
  await publishCatalogue(bench.repository, [entry('e')]);
  await announce(bench);
  await until(async () => (await titles(bench)).includes('Film e'));
  assert.deepEqual(await titles(bench), ['Film e']);
});

test('where a title may be shown comes out of the view as it went in', async (t) => {
  const bench = await createServingBench(t, FILE);
  await publishCatalogue(bench.repository, [
    entry('everywhere'),
    entry('sweden', { availability: { '*': [], SE: HERE } }),
    entry('over', { availability: { '*': [{ from: null, to: bench.clock.now }] } }),
    entry('begun', { availability: { DE: [{ from: bench.clock.now, to: null }] } }),
    entry('nowhere', { availability: {} }),
  ]);
  await bench.start();
  assert.deepEqual(await titles(bench, '?country=SE'), ['Film everywhere', 'Film sweden']);
  assert.deepEqual(await titles(bench, '?country=DE'), ['Film begun', 'Film everywhere']);
  assert.deepEqual(await titles(bench), ['Film begun', 'Film everywhere', 'Film sweden']);
  bench.clock.now -= 1;
  assert.deepEqual(await titles(bench, '?country=DE'), ['Film everywhere', 'Film over']);
});

test('with neither store nor file a start goes on from the last good copy of the view, and is ready', async (t) => {
  const bench = await createServingBench(t, FILE);
  await publishCatalogue(bench.repository, [entry('published')]);
  await bench.start({ settings: { port: '4000' } });
  await bench.stop();
  bench.store.isUp = false;
  await rm(bench.cataloguePath);
  await bench.start({ settings: { port: '4000' } });
  assert.equal((await bench.get('/readyz')).status, 200);
  assert.deepEqual(await titles(bench), ['Film published']);
});

test('a store that is away at the start leaves the file serving, and the view takes over when it is back', async (t) => {
  const bench = await createServingBench(t, FILE);
  await publishCatalogue(bench.repository, [entry('published')]);
  bench.store.isUp = false;
  await bench.start({ settings: { pollIntervalMs: '50' } });
  assert.deepEqual(await titles(bench), ['Film a', 'Film b']);
  bench.store.isUp = true;
  await until(async () => (await titles(bench)).includes('Film published'));
});

test('a version that is no catalogue is refused, and the one before keeps serving', async (t) => {
  const bench = await createServingBench(t, FILE);
  await publishCatalogue(bench.repository, [entry('good')]);
  await bench.start();
  const bad = await publishCatalogue(bench.repository, [entry('bad')]);
  const [part] = (await bench.repository.readManifest(CATALOGUE_VIEW, bad)).parts;
  const [listed] = await bench.store.list(`local/views/catalogue/versions/0000000${bad}/parts/${part!.name}`);
  await bench.store.put(listed!.key, Buffer.from('garbage'));
  await announce(bench);
  await until(async () => (await bench.text('/metrics')).includes('marquee_catalogue_refused_versions 1'));
  assert.match(await bench.text('/metrics'), /^marquee_catalogue_version 1$/m);
  assert.deepEqual(await titles(bench), ['Film good']);
});

test('the served version of the catalogue is reported once there is one', async (t) => {
  const bench = await createServingBench(t, FILE);
  await bench.start();
  const reported = () =>
    bench.sent.flatMap(({ messages }) =>
      messages.map(({ value }) => JSON.parse(String(value)) as { view: string }),
    );
  await until(() => reported().length > 0);
  assert.ok(reported().every(({ view }) => view === 'popularity'));
  await publishCatalogue(bench.repository, [entry('x')]);
  await announce(bench);
  await until(() => reported().some(({ view }) => view === 'catalogue'));
});
