import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { createAlsModel } from '../../../batch/models/als/model.ts';
import { readFactorTable } from '../../../batch/models/factor-table.ts';
import type { Model, ModelTable } from '../../../batch/models/model.ts';
import { MODELS } from '../../../batch/models/models.ts';
import { precomputeRows } from '../../../batch/models/precompute.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createClustersLoader } from '../../../infra/views/clusters.ts';
import { createFactorsLoader } from '../../../infra/views/factors.ts';
import { createGenreContextsLoader } from '../../../infra/views/genre-contexts.ts';
import { createNeighboursLoader } from '../../../infra/views/neighbours.ts';
import { createProfileRowsLoader } from '../../../infra/views/profile-rows.ts';
import { localVersion } from '../../support/model-views.ts';
import { tasteInteractions, trainingData, trainOptions } from '../../batch/models/interactions.ts';

const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
after(() => duckdb.close());

const interactions = tasteInteractions({ seed: 4, profiles: 60, titles: 30, tastes: 3, plays: 8 });
const train = (model: Model) => model.train(trainingData(interactions), trainOptions());

async function onDisk(
  t: TestContext,
  view: string,
  tables: readonly ModelTable[],
): Promise<[string, Manifest]> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-views-'));
  t.after(() => rm(dir, { recursive: true }));
  return [dir, await localVersion(duckdb, view, tables, dir)];
}

test('factors are those that were trained, with what folding in goes by', async (t) => {
  const tables = await train(createAlsModel({ factors: 8 }));
  const loaded = await createFactorsLoader(duckdb)(...(await onDisk(t, 'item-factors', tables)));
  const items = readFactorTable(
    tables.find(({ name }) => name === 'items')!,
    'title_id',
  );
  assert.deepEqual([...loaded.ids], [...items.ids]);
  assert.equal(loaded.width, 8);
  assert.deepEqual(loaded.values, items.values);
  assert.ok(loaded.regularisation.unobservedWeight > 0);
});

test('a factor that is no number makes the version corrupt', async (t) => {
  const tables = await train(createAlsModel({ factors: 8 }));
  const items = tables.find(({ name }) => name === 'items')!;
  const values = Float32Array.from(items.columns['f3']!.values as Float32Array);
  values[2] = NaN;
  const broken = { ...items, columns: { ...items.columns, f3: { type: 'FLOAT' as const, values } } };
  const at = await onDisk(t, 'item-factors', [...tables.filter((table) => table !== items), broken]);
  await assert.rejects(createFactorsLoader(duckdb)(...at), (error) => isMarqueeError(error, 'VIEW_CORRUPT'));
});

test('neighbours come by title, the nearest first', async (t) => {
  const tables = await train(MODELS['neighbours']!());
  const { ids, titles, neighbours, scores } = await createNeighboursLoader(duckdb)(
    ...(await onDisk(t, 'neighbours', tables)),
  );
  const table = tables.find(({ name }) => name === 'neighbours')!;
  const expected = Array.from({ length: table.rows }, (_, row) =>
    ['title_id', 'neighbour_id', 'score'].map((name) => table.columns[name]!.values[row]),
  );
  assert.ok(expected.length > 0);
  assert.deepEqual(
    Array.from(titles, (title, row) => [ids[title], ids[neighbours[row]!], scores[row]]),
    expected,
  );
});

test('clusters have their centres, their best titles, and the factors that they are of', async (t) => {
  const tables = await train(MODELS['clusters']!());
  const loaded = await createClustersLoader(duckdb)(...(await onDisk(t, 'clusters', tables)));
  assert.equal(loaded.centres.length, loaded.lists.length * loaded.width);
  assert.equal(loaded.factors.width, loaded.width);
  const best = tables.find(({ name }) => name === 'best-titles')!;
  assert.equal(loaded.lists[0]!.ids[0], best.columns['title_id']!.values[0]);
  assert.equal(
    loaded.lists.reduce((sum, { ids }) => sum + ids.length, 0),
    best.rows,
  );
});

test('rows made ahead are found by profile, over all parts; nobody else has one', async (t) => {
  const model = createAlsModel({ factors: 8 });
  const scorer = model.scorer(await train(model));
  const options = { length: 5 };
  const half = interactions.profiles.length / 2;
  const tables = await Promise.all([
    precomputeRows(scorer, interactions, { name: 'rows-00000', from: 0, to: half }, options),
    precomputeRows(scorer, interactions, { name: 'rows-00001', from: half, to: 2 * half }, options),
  ]);
  const loaded = await createProfileRowsLoader(duckdb)(...(await onDisk(t, 'profile-rows', tables)));
  assert.equal(loaded.profiles, interactions.profiles.length);
  for (const { columns, rows } of tables)
    for (let row = 0; row < rows; row++) {
      const profile = columns['profile_id']!.values[row] as string;
      const rank = columns['rank']!.values[row] as number;
      assert.equal(loaded.ids[loaded.find(profile)![rank - 1]!], columns['title_id']!.values[row]);
    }
  assert.equal(loaded.find('nobody'), undefined);
});

test('genres by hour and device lie together by country, with all countries summed up', async (t) => {
  const rows: [string, string, number, string, number][] = [
    ['US', 'tv', 20, 'Drama', 3],
    ['DE', 'tv', 20, 'Drama', 5],
    ['DE', 'phone', 7, 'News', 2],
  ];
  const table: ModelTable = {
    ...{ name: 'rows', rows: rows.length },
    columns: {
      country: { type: 'VARCHAR', values: rows.map(([country]) => country) },
      device: { type: 'VARCHAR', values: rows.map(([, device]) => device) },
      hour: { type: 'INTEGER', values: Int32Array.from(rows, ([, , hour]) => hour) },
      genre: { type: 'VARCHAR', values: rows.map(([, , , genre]) => genre) },
      plays: { type: 'BIGINT', values: Float64Array.from(rows, ([, , , , plays]) => plays) },
    },
  };
  const loaded = await createGenreContextsLoader(duckdb)(...(await onDisk(t, 'genre-contexts', [table])));
  const told = (country: string) => {
    const [from, to] = loaded.countries.get(country)!;
    return Array.from({ length: to - from }, (_, at) => [
      loaded.deviceNames[loaded.devices[from + at]!],
      loaded.hours[from + at],
      loaded.genreNames[loaded.genres[from + at]!],
      loaded.plays[from + at],
    ]);
  };
  assert.deepEqual(told('DE'), [
    ['phone', 7, 'News', 2],
    ['tv', 20, 'Drama', 5],
  ]);
  assert.deepEqual(told('US'), [['tv', 20, 'Drama', 3]]);
  assert.deepEqual(told(''), [
    ['phone', 7, 'News', 2],
    ['tv', 20, 'Drama', 8],
  ]);
  const plain = await onDisk(t, 'genre-contexts', [{ ...table, name: 'other' }]);
  await assert.rejects(createGenreContextsLoader(duckdb)(...plain), (error) =>
    isMarqueeError(error, 'VIEW_CORRUPT'),
  );
});
