import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../../domain/errors.ts';
import { refIsAt, removeSnapshots, removeTag, setTag } from '../../../../infra/lake/catalog/commits.ts';
import { createRestCatalog } from '../../../../infra/lake/catalog/rest-catalog.ts';
import { currentSnapshot, MAIN } from '../../../../infra/lake/catalog/table-metadata.ts';
import { openLake, type OpenLake } from '../../../../infra/lake/open.ts';
import type { LakeTable } from '../../../../infra/lake/tables.ts';
import { silentLog } from '../../../../infra/log.ts';
import { searchRows } from '../../../support/lake-rows.ts';
import { testConfig } from '../../../support/stack.ts';

const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
const { namespace } = config.lake;
const catalog = createRestCatalog({ ...config.lake, s3: config.s3 });
let open: OpenLake;

before(async () => {
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  for (const table of ['searches', 'completions'] as const)
    for (const from of [0, 2, 4]) await open.lake.appendExactlyOnce(table, [searchRows(0, from, from + 2)]);
});
after(() => open.close());

const load = async (table: LakeTable) => (await catalog.loadTable(namespace, table))!.metadata;
const rows = async (table: LakeTable, snapshotId?: string): Promise<number> => {
  const { columns } = await open.lake.read((connection) =>
    connection.query(`SELECT count(*) AS rows FROM ${open.lake.reference(table, snapshotId)}`),
  );
  return Number(columns['rows']?.values[0]);
};
const isConflict = (error: unknown): boolean => isMarqueeError(error, 'LAKE_CONFLICT');

test('a table is told as DuckDB knows it, with ids of 64 bits whole', async () => {
  const metadata = await load('searches');
  assert.equal(currentSnapshot(metadata)?.['snapshot-id'], await open.lake.snapshot('searches'));
  assert.deepEqual(
    metadata.snapshots.map((one) => one['snapshot-id']).toSorted(),
    (await open.lake.snapshots('searches')).map(({ id }) => id).toSorted(),
  );
});

test('a table that is not there is undefined', async () => {
  assert.equal(await catalog.loadTable(namespace, 'no_such_table'), undefined);
});

test('a tag is set, seen, moved and removed', async () => {
  const [first, second] = (await load('searches')).snapshots.map((one) => one['snapshot-id']);
  await catalog.commit(namespace, 'searches', { requirements: [], updates: [setTag('a.v1', first!)] });
  assert.deepEqual((await load('searches')).refs['a.v1'], { 'snapshot-id': first, type: 'tag' });
  const taken = { requirements: [refIsAt('a.v1', null)], updates: [setTag('a.v1', second!)] };
  await assert.rejects(catalog.commit(namespace, 'searches', taken), isConflict);
  const moved = { requirements: [refIsAt('a.v1', first!)], updates: [setTag('a.v1', second!)] };
  const { metadata } = await catalog.commit(namespace, 'searches', moved);
  assert.equal(metadata.refs['a.v1']?.['snapshot-id'], second);
  await catalog.commit(namespace, 'searches', { requirements: [], updates: [removeTag('a.v1')] });
  assert.deepEqual(Object.keys((await load('searches')).refs), [MAIN]);
});

test('a commit on a table that moved is refused', async () => {
  const stale = (await load('searches')).snapshots[0]!['snapshot-id'];
  const commit = { requirements: [refIsAt(MAIN, stale)], updates: [setTag('stale', stale)] };
  await assert.rejects(catalog.commit(namespace, 'searches', commit), isConflict);
  assert.equal((await load('searches')).refs['stale'], undefined);
});

test('of two tables neither gets what one of them refuses', async () => {
  const [a, b] = [await load('searches'), await load('completions')];
  const change = (table: LakeTable, at: string, to: string) => ({
    ...{ namespace, table, requirements: [refIsAt(MAIN, at)], updates: [setTag('both', to)] },
  });
  const [ofA, ofB] = [currentSnapshot(a)!['snapshot-id'], currentSnapshot(b)!['snapshot-id']];
  const stale = b.snapshots[0]!['snapshot-id'];
  await assert.rejects(
    catalog.commitAll([change('searches', ofA, ofA), change('completions', stale, ofB)]),
    isConflict,
  );
  assert.equal((await load('searches')).refs['both'], undefined);
  await catalog.commitAll([change('searches', ofA, ofA), change('completions', ofB, ofB)]);
  for (const table of ['searches', 'completions'] as const)
    assert.equal((await load(table)).refs['both']?.type, 'tag');
});

test('a snapshot that was removed is read no more, others are; the bare commit takes a tagged one as well', async () => {
  const ids = (await load('completions')).snapshots.map((one) => one['snapshot-id']);
  await catalog.commit(namespace, 'completions', { requirements: [], updates: [removeSnapshots([ids[0]!])] });
  await assert.rejects(rows('completions', ids[0]));
  assert.equal(await rows('completions', ids[1]), 4);
  assert.equal(await rows('completions'), 6);
  await catalog.commit(namespace, 'completions', { requirements: [], updates: [setTag('kept', ids[1]!)] });
  const { metadata } = await catalog.commit(namespace, 'completions', {
    requirements: [],
    updates: [removeSnapshots([ids[1]!])],
  });
  assert.equal(metadata.snapshots.length, 1);
  assert.equal(metadata.refs['kept'], undefined);
});

test('statistics go with a snapshot', async () => {
  const snapshotId = currentSnapshot(await load('searches'))!['snapshot-id'];
  const statistics = {
    'snapshot-id': snapshotId,
    'statistics-path': 's3://warehouse/none.puffin',
    ...{ 'file-size-in-bytes': 1, 'file-footer-size-in-bytes': 1, 'blob-metadata': [] },
  };
  const set = { requirements: [], updates: [{ action: 'set-statistics', statistics } as const] };
  const { metadata } = await catalog.commit(namespace, 'searches', set);
  assert.deepEqual(
    metadata.statistics.map((one) => one['snapshot-id']),
    [snapshotId],
  );
  await catalog.commit(namespace, 'searches', {
    requirements: [],
    updates: [{ action: 'remove-statistics', 'snapshot-id': snapshotId }],
  });
  assert.deepEqual((await load('searches')).statistics, []);
});

test('a catalog that is not there is unavailable', async () => {
  const gone = createRestCatalog({ ...config.lake, s3: config.s3, catalogUri: 'http://127.0.0.1:9' });
  await assert.rejects(gone.loadTable(namespace, 'searches'), (error) =>
    isMarqueeError(error, 'LAKE_UNAVAILABLE'),
  );
});
