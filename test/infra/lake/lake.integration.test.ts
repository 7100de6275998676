import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import type { PlayStop } from '../../../domain/events/event.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';
import { silentLog } from '../../../infra/log.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { testConfig } from '../../support/stack.ts';

const WRITERS = 4;
const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256', LAKE_COMMIT_ATTEMPTS: '30' });
const open: OpenLake[] = [];
let writers: OpenLake[];

before(async () => {
  for (let i = 0; i < WRITERS; i++) open.push(await openLake(config, silentLog()));
  writers = open;
  await writers[0]!.lake.ensureTables();
  await writers[1]!.lake.ensureTables();
});
after(() => Promise.all(open.map((one) => one.close())));

/** Searches of one partition: few columns, and a table of its own for each test that needs one. */
function searchRows(partition: number, from: number, rawOffsets: readonly number[]): PartitionRows {
  const offsets = rawOffsets.map((_, i) => from + i);
  return {
    generation: 'g1',
    partition,
    follows: from - 1,
    rowCount: offsets.length,
    columns: {
      offset: offsets,
      raw_offset: rawOffsets,
      append_time: offsets.map((offset) => 1_790_000_000_000 + offset * 60_000),
    },
  };
}
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function stored(table: 'plays' | 'interactions' | 'searches', partition: number): Promise<number[][]> {
  const { lake } = writers[0]!;
  const { columns } = await lake.read((connection) =>
    connection.query(
      `SELECT "offset", raw_offset FROM ${lake.reference(table)} WHERE "partition" = $partition ORDER BY "offset"`,
      { partition },
    ),
  );
  return ['offset', 'raw_offset'].map((name) => Array.from(columns[name]!.values as BigInt64Array, Number));
}

test('an empty table has no snapshot and no positions', async () => {
  const { lake } = writers[0]!;
  assert.equal(await lake.snapshot('searches'), undefined);
  assert.deepEqual(await lake.positions('searches'), []);
});

test('statements that come to a lake at once as its first are all answered', async () => {
  for (let round = 0; round < 15; round++) {
    const fresh = await openLake(config, silentLog());
    const counts = Array.from({ length: 4 }, () =>
      fresh.lake.read((connection) =>
        connection.query(`SELECT count(*) FROM ${fresh.lake.reference('plays')}`),
      ),
    );
    const answered = await Promise.allSettled(counts);
    await fresh.close();
    assert.deepEqual(new Set(answered.map(({ status }) => status)), new Set(['fulfilled']));
  }
});

test('every field of an event survives the lake, hostile text and the largest times included', async () => {
  const event: PlayStop = {
    kind: 'play_stop',
    eventId: eventId("e'; DROP TABLE plays;--"),
    eventTime: 8_640_000_000_000_000,
    profileId: profileId('p\u{1F3AC}'),
    country: country('DE'),
    producerSeq: Number.MAX_SAFE_INTEGER,
    titleId: titleId('t'),
    playId: 'play',
    positionSeconds: 0.1,
    viewedSeconds: 1_000_000,
    extra: '{"a":"ü"}',
  };
  const buffer = createRowBuffer('plays');
  const record = { rawOffset: 7, appendTime: 1_790_000_000_000, timeStatus: 'future', event } as const;
  buffer.push({ offset: 0, record, schemaFingerprint: 'ffffffffffffffff', bytes: 0 });
  const rows = { generation: 'g1', partition: 9, follows: -1, rowCount: 1, columns: buffer.columns() };
  const { lake } = writers[0]!;
  await lake.appendExactlyOnce('plays', [rows]);
  const { columns } = await lake.read((connection) =>
    connection.query(
      `SELECT *, epoch_ms(event_time) AS ms FROM ${lake.reference('plays')} WHERE "partition" = 9`,
    ),
  );
  const value = (name: string) => columns[name]?.values[0];
  assert.equal(value('region'), config.region);
  assert.equal(value('event_id'), event.eventId);
  assert.equal(value('ms'), 8_640_000_000_000_000n);
  assert.equal(value('profile_id'), event.profileId);
  assert.equal(value('producer_seq'), BigInt(Number.MAX_SAFE_INTEGER));
  assert.equal(value('position_seconds'), 0.1);
  assert.equal(value('extra'), event.extra);
  assert.equal(value('schema_fingerprint'), 'ffffffffffffffff');
  assert.equal(value('time_status'), 'future');
  assert.equal(value('device'), null);
});

test('raw records keep their bytes', async () => {
  const { lake } = writers[0]!;
  const value = Uint8Array.from({ length: 256 }, (_, i) => i);
  const columns = {
    offset: [0, 1],
    append_time: [1_790_000_000_000, 1_790_000_000_001],
    key: [null, value],
    value: [value, null],
  };
  await lake.appendExactlyOnce('raw_events', [
    { generation: 'g1', partition: 0, follows: -1, rowCount: 2, columns },
  ]);
  const { columns: read } = await lake.read((connection) =>
    connection.query(`SELECT key, value FROM ${lake.reference('raw_events')} ORDER BY "offset"`),
  );
  assert.deepEqual(read['key']?.values, [null, value]);
  assert.deepEqual(read['value']?.values, [value, null]);
  assert.deepEqual(await lake.positions('raw_events'), [
    { generation: 'g1', partition: 0, offset: 1, rawOffset: 1 },
  ]);
});

test('four writers with overlapping batches, beginning on an empty table, leave each row once', async () => {
  const rounds = 6;
  const batch = 50;
  let conflicts = 0;
  const write = async ({ lake }: OpenLake): Promise<number> => {
    let appended = 0;
    for (let round = 0; round < rounds; round++) {
      const from = round * batch;
      const rows = [0, 1].map((partition) => searchRows(partition, from, upTo(from, from + batch)));
      const result = await lake.appendExactlyOnce('searches', rows);
      appended += result.appended;
      conflicts += result.attempts - 1;
    }
    return appended;
  };
  const appended = await Promise.all(writers.map(write));
  assert.equal(
    appended.reduce((sum, n) => sum + n, 0),
    2 * rounds * batch,
  );
  for (const partition of [0, 1]) {
    assert.deepEqual((await stored('searches', partition))[0], upTo(0, rounds * batch));
  }
  assert.ok(conflicts > 0, 'the writers never met');
});

test('records sent again under new offsets are left out, within a batch and across batches', async () => {
  const [one, other] = [writers[0]!.lake, writers[1]!.lake];
  await one.appendExactlyOnce('interactions', [searchRows(0, 0, [0, 1, 2, 1, 2, 3])]);
  const result = await other.appendExactlyOnce('interactions', [searchRows(0, 6, [2, 3, 4, 4, 5])]);
  assert.equal(result.appended, 2);
  assert.equal(result.skipped, 3);
  assert.deepEqual(await stored('interactions', 0), [
    [0, 1, 2, 5, 8, 10],
    [0, 1, 2, 3, 4, 5],
  ]);
});

test('a snapshot is read as it was', async () => {
  const { lake } = writers[2]!;
  await lake.appendExactlyOnce('interactions', [searchRows(3, 0, [0, 1, 2])]);
  const before = await lake.snapshot('interactions');
  await lake.appendExactlyOnce('interactions', [searchRows(3, 3, [3, 4])]);
  const at = async (snapshotId?: string) =>
    (await lake.positions('interactions', snapshotId)).find(({ partition }) => partition === 3)?.offset;
  assert.equal(await at(before), 2);
  assert.equal(await at(), 4);
  const known = await lake.snapshots('interactions');
  assert.ok(known.some(({ id }) => id === before));
  assert.equal(known.at(-1)?.id, await lake.snapshot('interactions'));
});

test('positions of old rows are found though newer ones are looked at first', async () => {
  const { lake } = writers[0]!;
  const recent = searchRows(7, 0, [0, 1]);
  const now = { ...recent, columns: { ...recent.columns, append_time: [Date.now(), Date.now()] } };
  await lake.appendExactlyOnce('interactions', [now]);
  const partitionsOf = async (partitions: number) =>
    (await lake.positions('interactions', undefined, { generation: 'g1', partitions })).map(
      ({ partition }) => partition,
    );
  assert.deepEqual(await partitionsOf(1), [7]);
  assert.deepEqual(await partitionsOf(2), [0, 3, 7]);
});

test('rows that do not follow on what the lake has are refused', async () => {
  const append = writers[0]!.lake.appendExactlyOnce('searches', [searchRows(5, 10, [10])]);
  await assert.rejects(append, (error) => isMarqueeError(error, 'LAKE_GAP'));
});

test('a table made by earlier code gets the columns that it lacks, and keeps its rows', async () => {
  const namespace = `${config.lake.namespace}_earlier`;
  const earlier = await openLake({ ...config, lake: { ...config.lake, namespace } }, silentLog());
  try {
    const { lake } = earlier;
    const table = lake.reference('served_rows');
    await lake.read(async (connection) => {
      await connection.run(`CREATE SCHEMA IF NOT EXISTS lake.${namespace}`);
      await connection.run(`CREATE TABLE ${table} (recommendation_id VARCHAR, append_time TIMESTAMP)`);
      await connection.run(`INSERT INTO ${table} VALUES ('first', NULL)`);
    });
    await lake.ensureTables();
    const { columns } = await lake.read(async (connection) => {
      await connection.run(
        `INSERT INTO ${table} (recommendation_id, arms) VALUES ('second', 'taste=strong')`,
      );
      return connection.query(`SELECT recommendation_id, arms FROM ${table} ORDER BY ALL`);
    });
    assert.deepEqual(
      ['recommendation_id', 'arms'].map((name) => [...columns[name]!.values]),
      [
        ['first', 'second'],
        [null, 'taste=strong'],
      ],
    );
  } finally {
    await earlier.close();
  }
});
