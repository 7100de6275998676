import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../domain/time.ts';
import { openLake, type OpenLake } from '../../../../infra/lake/open.ts';
import type { LakeTable } from '../../../../infra/lake/tables.ts';
import { silentLog } from '../../../../infra/log.ts';
import { openCare, type OpenCare } from '../../../../infra/lake/care/open-care.ts';
import { digestOf, LAKE_START, searchRows } from '../../../support/lake-rows.ts';
import { testConfig } from '../../../support/stack.ts';

const config = testConfig({
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  LAKE_COMMIT_ATTEMPTS: '30',
});
const DAYS = 7;
const FLUSHES = 4;
const ROWS = 6;
/** After the newest row, so that all hours but its own are sealed. */
const AS_OF = LAKE_START + (DAYS + 1) * DAY_MS;
let open: OpenLake;
let care: OpenCare;

before(async () => {
  open = await openLake(config, silentLog());
  care = openCare(config, open);
  await open.lake.ensureTables();
});
after(async () => {
  care.close();
  await open.close();
});

/** A week of which each flush of a day has an hour's rows, all of one hour. */
async function aWeek(table: LakeTable): Promise<number> {
  let from = 0;
  for (let flush = 0; flush < DAYS * FLUSHES; flush++) {
    const at = LAKE_START + Math.floor(flush / FLUSHES) * DAY_MS + 0;
    const time = (offset: number): number => at + (offset % (4 * ROWS)) * MINUTE_MS;
    const rows = [0, 1].map((partition) => searchRows(partition, from, from + ROWS, time));
    await open.lake.appendExactlyOnce(table, rows);
    from += ROWS;
  }
  return from;
}

const digest = (table: LakeTable, snapshotId?: string): Promise<string> =>
  digestOf(open.lake, table, snapshotId);

test('a week of small flushes becomes a file an hour, and nobody can tell', async () => {
  const next = await aWeek('searches');
  const [whole, snapshots] = [await digest('searches'), await open.lake.snapshots('searches')];
  const middle = snapshots[Math.floor(snapshots.length / 2)]!.id;
  const [ofMiddle, positions] = [await digest('searches', middle), await open.lake.positions('searches')];
  const [before] = await care.care.stats({ tables: ['searches'] });
  let compacted = { hours: 0, before: 0, after: 0 };
  for (let waiting = 1; waiting > 0;) {
    const step = await care.care.compact({ table: 'searches', asOf: AS_OF });
    waiting = step.waiting;
    compacted = {
      hours: compacted.hours + step.hours,
      before: compacted.before + step.filesBefore,
      after: compacted.after + step.filesAfter,
    };
  }
  assert.deepEqual(compacted, { hours: 6, before: 24, after: 6 });
  const [after] = await care.care.stats({ tables: ['searches'] });
  assert.deepEqual([before!.dataFiles, after!.dataFiles], [28, 10]);
  assert.deepEqual(
    [before!.hoursToCompact, before!.oldestToCompact],
    [6, new Date(LAKE_START).toISOString()],
  );
  assert.deepEqual([after!.hoursToCompact, after!.oldestToCompact], [0, null]);
  assert.equal(after!.rows, before!.rows);
  assert.equal(await digest('searches'), whole);
  assert.equal(await digest('searches', middle), ofMiddle);
  assert.deepEqual(await open.lake.positions('searches'), positions);
  assert.equal((await care.care.compact({ table: 'searches', asOf: AS_OF })).hours, 0);
  // The sink goes on where it was, and what it sends again is left out.
  const again = await open.lake.appendExactlyOnce('searches', [
    searchRows(0, next - ROWS, next + 1, () => LAKE_START + DAYS * DAY_MS),
  ]);
  assert.deepEqual([again.appended, again.skipped], [1, ROWS]);
});

test('what was compacted is no change of data, and what was appended before and after is', async () => {
  const { lake } = open;
  const append = (from: number): Promise<unknown> =>
    lake.appendExactlyOnce('interactions', [searchRows(0, from, from + 4)]);
  for (const from of [0, 4, 8, 12]) await append(from);
  const first = (await lake.snapshot('interactions'))!;
  await append(16);
  await lake.appendExactlyOnce('interactions', [searchRows(1, 0, 2, () => LAKE_START + DAY_MS)]);
  const compacted = await care.care.compact({ table: 'interactions', asOf: AS_OF });
  assert.deepEqual([compacted.hours, compacted.filesBefore, compacted.filesAfter], [1, 5, 1]);
  const middle = (await lake.snapshot('interactions'))!;
  await append(20);
  await lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('interactions')} WHERE "offset" = 3`),
  );
  const last = (await lake.snapshot('interactions'))!;
  const toMiddle = await lake.changes('interactions', first, middle);
  assert.ok(toMiddle.kind === 'known' && toMiddle.appendedSql !== null);
  assert.deepEqual(toMiddle.rewrittenHours, []);
  assert.deepEqual(await offsetsOf(toMiddle.appendedSql), [16, 17, 18, 19, 0, 1]);
  const toLast = await lake.changes('interactions', middle, last);
  assert.ok(toLast.kind === 'known' && toLast.appendedSql !== null);
  assert.deepEqual(await offsetsOf(toLast.appendedSql), [20, 21, 22, 23]);
  assert.deepEqual(toLast.rewrittenHours, [LAKE_START / HOUR_MS]);
});

async function offsetsOf(relation: string): Promise<number[]> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(`SELECT "offset" FROM ${relation} ORDER BY "partition", "offset"`),
  );
  return Array.from(columns['offset']?.values as BigInt64Array, Number);
}

test('rows that were deleted are gone from the new files, and the files of deletes with them', async () => {
  const { lake } = open;
  const table = lake.reference('interactions');
  const before = await digest('interactions');
  const [was] = await care.care.stats({ tables: ['interactions'] });
  assert.equal(was!.deleteFiles, 1);
  const compacted = await care.care.compact({ table: 'interactions', asOf: AS_OF });
  assert.deepEqual([compacted.filesBefore, compacted.filesAfter], [3, 1]);
  const [now] = await care.care.stats({ tables: ['interactions'] });
  assert.deepEqual([now!.deleteFiles, now!.rows], [0, was!.rows]);
  assert.equal(await digest('interactions'), before);
  // DuckDB deletes from a file that was written here, and an hour whose rows are all gone has no file left.
  await lake.read((connection) => connection.run(`DELETE FROM ${table} WHERE "partition" = 0`));
  assert.equal((await care.care.compact({ table: 'interactions', asOf: AS_OF })).filesAfter, 0);
  assert.deepEqual(await offsetsOf(table), [0, 1]);
});

test('an hour of which rows are deleted while its files are made anew is left out, and the rows stay away', async () => {
  const { lake } = open;
  const HOURS = 6;
  for (let flush = 0; flush < 4; flush++)
    await lake.appendExactlyOnce('signals', [
      searchRows(0, flush * HOURS, (flush + 1) * HOURS, (offset) => LAKE_START + (offset % HOURS) * HOUR_MS),
    ]);
  await lake.appendExactlyOnce('signals', [searchRows(1, 0, 1, () => LAKE_START + DAY_MS)]);
  const other = await openLake(config, silentLog());
  const table = lake.reference('signals');
  const remove = () =>
    other.lake.read((connection) => connection.run(`DELETE FROM ${table} WHERE "offset" = ${HOURS}`));
  await other.lake.snapshots('signals');
  let removing: Promise<unknown> | undefined;
  await care.care.compact({ table: 'signals', asOf: AS_OF, onHour: () => void (removing ??= remove()) });
  await removing;
  await other.close();
  const left = await offsetsOf(table);
  assert.ok(!left.includes(HOURS) && left.length === 4 * HOURS, left.join());
});

test('writers and readers who are at it meanwhile see each row once', async () => {
  const { lake } = open;
  const hourOf = (offset: number): number => LAKE_START + (offset % 3) * HOUR_MS;
  const rows = (from: number) => searchRows(0, from, from + 3, hourOf);
  for (let from = 0; from < 12; from += 3) await lake.appendExactlyOnce('impressions', [rows(from)]);
  await lake.appendExactlyOnce('impressions', [searchRows(1, 0, 1, () => LAKE_START + DAY_MS)]);
  let isOver = false;
  let reads = 0;
  const other = await openLake(config, silentLog());
  const writing = (async () => {
    for (let from = 12; from < 36; from += 3) await other.lake.appendExactlyOnce('impressions', [rows(from)]);
  })().finally(() => (isOver = true));
  const reading = (async () => {
    for (let least = 13; !isOver; reads++) {
      const { columns } = await other.lake.read((connection) =>
        connection.query(
          `SELECT count(*) AS rows, count(DISTINCT ("partition", "offset")) AS distinct_rows, max("offset") AS last
            FROM ${other.lake.reference('impressions')}`,
        ),
      );
      const [all, distinct, last] = ['rows', 'distinct_rows', 'last'].map((name) =>
        Number(columns[name]?.values[0]),
      );
      assert.deepEqual([all, distinct], [last! + 2, last! + 2]);
      assert.ok(all! >= least);
      least = all!;
    }
  })();
  let commits = 0;
  while (!isOver) {
    const { snapshotId } = await care.care.compact({ table: 'impressions', asOf: AS_OF });
    if (snapshotId !== undefined) commits++;
  }
  await Promise.all([writing, reading]);
  await other.close();
  assert.ok(reads > 0 && commits > 0);
  assert.deepEqual(await offsetsOf(lake.reference('impressions')), [
    ...Array.from({ length: 36 }, (_, i) => i),
    0,
  ]);
});

test('a table that gained a column since its newest rows is compacted with the columns that they have', async () => {
  const { lake } = open;
  for (const from of [0, 2, 4, 6])
    await lake.appendExactlyOnce('completions', [searchRows(0, from, from + 2)]);
  await lake.appendExactlyOnce('completions', [searchRows(1, 0, 1, () => LAKE_START + DAY_MS)]);
  const table = lake.reference('completions');
  await lake.read((connection) => connection.run(`ALTER TABLE ${table} ADD COLUMN gained VARCHAR`));
  const compacted = await care.care.compact({ table: 'completions', asOf: AS_OF });
  assert.deepEqual([compacted.filesBefore, compacted.filesAfter], [4, 1]);
  assert.deepEqual(
    await offsetsOf(`(SELECT * FROM ${table} WHERE gained IS NULL)`),
    [0, 1, 2, 3, 4, 5, 6, 7, 0],
  );
});
