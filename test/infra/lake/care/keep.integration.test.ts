import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS } from '../../../../domain/time.ts';
import { viewName, viewVersion } from '../../../../domain/views.ts';
import { createLakeCare, type LakeCare } from '../../../../infra/lake/care/care.ts';
import type { KeptVersion } from '../../../../infra/lake/care/inputs.ts';
import { createLakeFiles } from '../../../../infra/lake/care/lake-files.ts';
import { createOrphanNotes } from '../../../../infra/lake/care/orphans.ts';
import { setTag } from '../../../../infra/lake/catalog/commits.ts';
import { createRestCatalog } from '../../../../infra/lake/catalog/rest-catalog.ts';
import { openLake, type OpenLake } from '../../../../infra/lake/open.ts';
import { silentLog } from '../../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../../infra/object-store/memory.ts';
import { createS3ObjectStore } from '../../../../infra/object-store/s3.ts';
import { MarqueeError } from '../../../../domain/errors.ts';
import { LAKE_START, searchRows } from '../../../support/lake-rows.ts';
import { testConfig } from '../../../support/stack.ts';

const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
const { namespace } = config.lake;
const KEEP_MS = DAY_MS;
/** Long after every snapshot of this run was superseded. */
const later = (): number => Date.now() + 10 * DAY_MS;
const catalog = createRestCatalog({ ...config.lake, s3: config.s3 });
const files = createLakeFiles((bucket) => createS3ObjectStore({ ...config.s3, bucket }));
const kept: KeptVersion[] = [];
let open: OpenLake;
let care: LakeCare;

const careWith = (over: Partial<Parameters<typeof createLakeCare>[0]> = {}): LakeCare =>
  createLakeCare({
    ...{ catalog, files, namespace, lake: open.lake, attempts: 5, now: () => Date.now() },
    keptVersions: () => Promise.resolve(kept),
    notes: createOrphanNotes(createMemoryObjectStore(), config.region),
    rules: config.lakeCare,
    ...{ sealAfterMs: HOUR_MS, snapshotKeepMs: KEEP_MS, orphanAgeMs: DAY_MS },
    ...over,
  });

before(async () => {
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  care = careWith();
});
after(async () => {
  files.close();
  await open.close();
});

const version = (n: number, snapshotId: string, isServable = true): KeptVersion => ({
  ...{ view: viewName('popularity'), version: viewVersion(n), isServable },
  inputs: [{ table: 'searches', snapshotId }],
});
const metadataOf = async (table: string) => (await catalog.loadTable(namespace, table))!.metadata;
const tagsOf = async (table: string): Promise<string[]> =>
  Object.entries((await metadataOf(table)).refs)
    .filter(([, { type }]) => type === 'tag')
    .map(([name]) => name)
    .sort();
async function rowsAt(table: 'searches' | 'impressions' | 'plays', snapshotId?: string): Promise<number> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(`SELECT count(*) AS rows FROM ${open.lake.reference(table, snapshotId)}`),
  );
  return Number(columns['rows']?.values[0]);
}

test('servable versions have their tags, an old pinned one is never expired, and what nobody needs is', async () => {
  for (let from = 0; from < 16; from += 2)
    await open.lake.appendExactlyOnce('searches', [searchRows(0, from, from + 2)]);
  const ids = (await open.lake.snapshots('searches')).map(({ id }) => id);
  kept.push(version(1, ids[0]!), version(4, ids[3]!), version(5, ids[5]!, false));
  const dry = await care.tags({ tables: ['searches'], dryRun: true });
  assert.deepEqual(dry[0]?.set, ['popularity.v1', 'popularity.v4']);
  assert.deepEqual(await tagsOf('searches'), []);
  await assert.rejects(care.expire({ tables: ['searches'], asOf: later() }), /have no tag yet/);
  await care.tags({ tables: ['searches'] });
  assert.deepEqual(await tagsOf('searches'), ['popularity.v1', 'popularity.v4']);
  await catalog.commit(namespace, 'searches', { requirements: [], updates: [setTag('audit-2026', ids[1]!)] });

  // A run that began now may read the newest snapshot of any time within the last day.
  assert.deepEqual((await care.expire({ tables: ['searches'], asOf: Date.now() }))[0]?.expired, []);
  const would = await care.expire({ tables: ['searches'], asOf: later(), dryRun: true });
  assert.deepEqual(would[0]?.expired, [ids[2], ids[4], ids[6]]);
  const [done] = await care.expire({ tables: ['searches'], asOf: later() });
  assert.deepEqual([done?.expired, done?.kept], [[ids[2], ids[4], ids[6]], 5]);
  for (const [id, rows] of [
    [ids[0], 2],
    [ids[1], 4],
    [ids[3], 8],
    [ids[5], 12],
    [ids[7], 16],
  ] as const)
    assert.equal(await rowsAt('searches', id), rows);
  await assert.rejects(rowsAt('searches', ids[2]));
  assert.equal((await open.lake.changes('searches', ids[1]!, ids[3]!)).kind, 'unknown');
});

test('the tag of a version goes with it, and its snapshot then; tags of others stay', async () => {
  kept.splice(0, kept.length, ...kept.filter(({ version: of }) => of !== 1));
  const [tagged] = await care.tags({ tables: ['searches'] });
  assert.deepEqual([tagged?.set, tagged?.removed], [[], ['popularity.v1']]);
  assert.deepEqual(await tagsOf('searches'), ['audit-2026', 'popularity.v4']);
  const [expired] = await care.expire({ tables: ['searches'], asOf: later() });
  assert.equal(expired?.expired.length, 1);
  const again = await care.tags({ tables: ['searches'] });
  assert.deepEqual([again[0]?.set, again[0]?.removed, again[0]?.lost], [[], [], []]);
});

test('a version whose snapshot is gone is named, and hinders nothing', async () => {
  kept.push(version(9, '4711'));
  const [tagged] = await care.tags({ tables: ['searches'] });
  assert.deepEqual([tagged?.set, tagged?.lost], [[], ['popularity.v9']]);
  kept.pop();
});

test('a version has its tags before it is announced, and the care in between leaves them', async () => {
  const [newest] = (await open.lake.snapshots('searches')).slice(-1);
  const [at, gone] = [version(11, newest!.id, false), version(12, '4711', false)];
  const before = await metadataOf('searches');
  assert.deepEqual(await care.tagVersion(at), []);
  const tagged = await metadataOf('searches');
  assert.equal(tagged.refs['popularity.v11']?.['snapshot-id'], newest!.id);
  assert.deepEqual(await care.tagVersion(at), []);
  assert.equal((await metadataOf('searches'))['last-updated-ms'], tagged['last-updated-ms']);
  assert.deepEqual(await care.tagVersion(gone), ['searches']);
  kept.push(at);
  const [synced] = await care.tags({ tables: ['searches'] });
  assert.deepEqual([synced?.set, synced?.removed], [[], []]);
  // A version that was refused keeps nothing.
  kept.pop();
  assert.deepEqual((await care.tags({ tables: ['searches'] }))[0]?.removed, ['popularity.v11']);
  assert.deepEqual(Object.keys((await metadataOf('searches')).refs), Object.keys(before.refs));
});

test('a tag that somebody else sets at the same moment is set once, and a conflict is tried again', async () => {
  const [newest] = (await open.lake.snapshots('searches')).slice(-1);
  const at = version(13, newest!.id);
  const lost = await Promise.all([care.tagVersion(at), care.tagVersion(at), care.tagVersion(at)]);
  assert.deepEqual(lost, [[], [], []]);
  assert.equal((await metadataOf('searches')).refs['popularity.v13']?.['snapshot-id'], newest!.id);
});

test('files of expired snapshots, and of work that was cut off, go once they were nobody’s for long enough', async () => {
  const { lake } = open;
  for (let from = 0; from < 8; from += 2)
    await lake.appendExactlyOnce('impressions', [searchRows(0, from, from + 2)]);
  await lake.appendExactlyOnce('impressions', [searchRows(1, 0, 1, () => LAKE_START + DAY_MS)]);
  const cutOff = new MarqueeError('LAKE_UNAVAILABLE', { reason: 'the worker was killed' });
  const killed = careWith({
    catalog: { ...catalog, commit: () => Promise.reject(cutOff) },
    attempts: 1,
  });
  const asOf = LAKE_START + 3 * DAY_MS;
  await assert.rejects(killed.compact({ table: 'impressions', asOf }), (error) => error === cutOff);
  assert.equal(await rowsAt('impressions'), 9);
  const left = await care.orphans({ table: 'impressions', asOf: 0, dryRun: true });
  assert.deepEqual(left.found.map(({ path }) => /(compacted-|-m0\.avro|snap-)/.exec(path)?.[0]).sort(), [
    '-m0.avro',
    '-m0.avro',
    'compacted-',
    'snap-',
  ]);
  // Nothing was noted by the dry run: the first look removes nothing, nor does one that comes too soon.
  assert.equal((await care.orphans({ table: 'impressions', asOf: 0 })).removed, 0);
  assert.equal((await care.compact({ table: 'impressions', asOf })).filesAfter, 1);
  await care.expire({ tables: ['impressions'], asOf: later() });
  assert.equal((await care.orphans({ table: 'impressions', asOf: DAY_MS - 1 })).removed, 0);
  const due = await care.orphans({ table: 'impressions', asOf: DAY_MS });
  assert.equal(due.removed, 4);
  assert.equal(await rowsAt('impressions'), 9);
  // The files that were compacted were first seen a day after those of the worker that was killed.
  const last = await care.orphans({ table: 'impressions', asOf: 2 * DAY_MS });
  assert.ok(last.removed >= 4);
  assert.equal(await rowsAt('impressions'), 9);
  assert.deepEqual((await care.orphans({ table: 'impressions', asOf: 9 * DAY_MS })).found, []);
});

test('a commit whose reply is lost is found to be done, and nothing of it is removed', async () => {
  const { lake } = open;
  for (let from = 0; from < 8; from += 2)
    await lake.appendExactlyOnce('plays', [searchRows(0, from, from + 2)]);
  await lake.appendExactlyOnce('plays', [searchRows(1, 0, 1, () => LAKE_START + DAY_MS)]);
  let commits = 0;
  const deaf = careWith({
    catalog: {
      ...catalog,
      async commit(...asked) {
        commits++;
        await catalog.commit(...asked);
        throw new MarqueeError('LAKE_UNAVAILABLE', { reason: 'no reply' });
      },
    },
  });
  const compacted = await deaf.compact({ table: 'plays', asOf: LAKE_START + 3 * DAY_MS });
  assert.deepEqual([commits, compacted.filesBefore, compacted.filesAfter], [1, 4, 1]);
  assert.equal(await rowsAt('plays'), 9);
  assert.equal((await open.lake.snapshots('plays')).at(-1)?.id, compacted.snapshotId);
  assert.deepEqual((await care.orphans({ table: 'plays', asOf: 0, dryRun: true })).found, []);
});
