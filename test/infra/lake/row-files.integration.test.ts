import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOUR_MS } from '../../../domain/time.ts';
import { openCare } from '../../../infra/lake/care/open-care.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';
import type { AppendWindow } from '../../../infra/lake/row-files.ts';
import type { LakeTable } from '../../../infra/lake/tables.ts';
import { silentLog } from '../../../infra/log.ts';
import { testConfig } from '../../support/stack.ts';

const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
const FIRST_HOUR = 497_000;
let open: OpenLake;

before(async () => {
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(() => open.close());

/** A search each half hour, from offset `from` on. */
const searchRows = (from: number, count: number): PartitionRows => ({
  ...{ generation: 'g1', partition: 0, follows: from - 1, rowCount: count },
  columns: {
    offset: Array.from({ length: count }, (_, i) => from + i),
    raw_offset: Array.from({ length: count }, (_, i) => from + i),
    append_time: Array.from({ length: count }, (_, i) => (FIRST_HOUR + (from + i) / 2) * HOUR_MS),
    query: Array.from({ length: count }, (_, i) => `query ${from + i}`),
  },
});

const isNamed = (relation: string): boolean => relation.startsWith('read_parquet(');

/** What a window's relation has within it, and whether its files were named. */
async function rowsIn(
  snapshotId: string,
  { fromMs, toMs = Infinity }: AppendWindow,
  table: LakeTable = 'searches',
) {
  const { lake } = open;
  const relation = await lake.rowsSql(table, snapshotId, { fromMs, toMs });
  const within = `append_time >= epoch_ms(${fromMs}) ${toMs === Infinity ? '' : `AND append_time < epoch_ms(${toMs})`}`;
  const offsetsOf = async (from: string): Promise<number[]> => {
    const { columns } = await lake.read((connection) =>
      connection.query(`SELECT "offset" FROM ${from} WHERE ${within} ORDER BY "offset"`),
    );
    return Array.from(columns['offset']!.values as BigInt64Array, Number);
  };
  const found = await offsetsOf(relation);
  assert.deepEqual(found, await offsetsOf(lake.reference(table, snapshotId)));
  return { found, isNamed: isNamed(relation) };
}

const hours = (from: number, to?: number): AppendWindow => ({
  fromMs: (FIRST_HOUR + from) * HOUR_MS,
  ...(to === undefined ? {} : { toMs: (FIRST_HOUR + to) * HOUR_MS }),
});

test('files of some hours are named by themselves, as of a snapshot, and by the table once rows of them are deleted', async () => {
  const { lake } = open;
  await lake.appendExactlyOnce('searches', [searchRows(0, 6)]);
  const first = (await lake.snapshot('searches'))!;
  await lake.appendExactlyOnce('searches', [searchRows(6, 4)]);
  const second = (await lake.snapshot('searches'))!;

  assert.deepEqual(await rowsIn(second, hours(1, 4)), { found: [2, 3, 4, 5, 6, 7], isNamed: true });
  assert.deepEqual(await rowsIn(second, hours(4)), { found: [8, 9], isNamed: true });
  assert.deepEqual(await rowsIn(second, hours(1.5, 2.5)), { found: [3, 4], isNamed: true });
  assert.deepEqual(await rowsIn(first, hours(2)), { found: [4, 5], isNamed: true });
  assert.deepEqual((await rowsIn(second, hours(40))).found, []);

  const reference = lake.reference('searches');
  await lake.read((connection) => connection.run(`DELETE FROM ${reference} WHERE "offset" = 3`));
  const third = (await lake.snapshot('searches'))!;
  assert.deepEqual(await rowsIn(third, hours(1, 2)), { found: [2], isNamed: false });
  assert.deepEqual(await rowsIn(second, hours(1, 2)), { found: [2, 3], isNamed: true });
});

test('hours of a lake that was compacted in between are found in the new files, as of snapshots from before in the old', async () => {
  const { lake } = open;
  const care = openCare(config, open);
  /** In hours 0 to 2, two rows each, and so it is at every flush. */
  const flush = (from: number, hour = (i: number) => Math.floor(i / 2)): PartitionRows => {
    const rows = searchRows(from, 6);
    const append_time = Array.from({ length: 6 }, (_, i) => (FIRST_HOUR + hour(i)) * HOUR_MS + from);
    const { offset, raw_offset } = rows.columns;
    return { ...rows, columns: { offset: offset!, raw_offset: raw_offset!, append_time } };
  };
  try {
    for (const from of [0, 6, 12, 18]) await lake.appendExactlyOnce('interactions', [flush(from)]);
    // Younger by more than it takes for the hours before to be sealed.
    await lake.appendExactlyOnce('interactions', [flush(24, () => 48)]);
    const before = (await lake.snapshot('interactions'))!;
    const ofHour1 = [2, 3, 8, 9, 14, 15, 20, 21];
    const asked = [before, hours(1, 2), 'interactions'] as const;
    assert.deepEqual(await rowsIn(...asked), { found: ofHour1, isNamed: true });
    const { filesBefore, filesAfter } = await care.care.compact({
      table: 'interactions',
      asOf: (FIRST_HOUR + 72) * HOUR_MS,
    });
    assert.deepEqual([filesBefore, filesAfter], [12, 3]);
    const after = (await lake.snapshot('interactions'))!;
    assert.deepEqual(await rowsIn(after, hours(1, 2), 'interactions'), { found: ofHour1, isNamed: true });
    assert.deepEqual((await rowsIn(after, hours(1), 'interactions')).found.length, 22);
    assert.deepEqual(await rowsIn(...asked), { found: ofHour1, isNamed: true });
    const byHour = [0, 1, 2].map((hour) => [FIRST_HOUR + hour, 8]).concat([[FIRST_HOUR + 48, 6]]);
    for (const snapshot of [before, after])
      assert.deepEqual(
        [...(await lake.rowsByHour('interactions', snapshot))!].sort(([a], [b]) => a - b),
        byHour,
      );
  } finally {
    care.close();
  }
});

test('a column that came later is null in the files from before', async () => {
  const namespace = `${config.lake.namespace}_older`;
  const older = await openLake({ ...config, lake: { ...config.lake, namespace } }, silentLog());
  try {
    const { lake } = older;
    const table = lake.reference('served_rows');
    const at = `epoch_ms(${FIRST_HOUR * HOUR_MS})`;
    await lake.read(async (connection) => {
      await connection.run(`CREATE SCHEMA IF NOT EXISTS lake.${namespace}`);
      await connection.run(`CREATE TABLE ${table} (recommendation_id VARCHAR, append_time TIMESTAMP)
        PARTITIONED BY (hour(append_time))`);
      await connection.run(`INSERT INTO ${table} VALUES ('first', ${at})`);
    });
    await lake.ensureTables();
    await lake.read((connection) =>
      connection.run(
        `INSERT INTO ${table} (recommendation_id, append_time, arms) VALUES ('second', ${at}, 'taste=strong')`,
      ),
    );
    const snapshotId = (await lake.snapshot('served_rows'))!;
    const relation = await lake.rowsSql('served_rows', snapshotId, hours(0, 1));
    assert.ok(isNamed(relation));
    const { columns } = await lake.read((connection) =>
      connection.query(`SELECT recommendation_id, arms FROM ${relation} ORDER BY ALL`),
    );
    assert.deepEqual(
      ['recommendation_id', 'arms'].map((name) => [...columns[name]!.values]),
      [
        ['first', 'second'],
        [null, 'taste=strong'],
      ],
    );
  } finally {
    await older.close();
  }
});
