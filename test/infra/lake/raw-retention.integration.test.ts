import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';
import { deleteOldRaw } from '../../../infra/lake/raw-retention.ts';
import { silentLog } from '../../../infra/log.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { testConfig } from '../../support/stack.ts';

const START = Math.floor(1_790_000_000_000 / DAY_MS) * DAY_MS;
const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256', LAKE_COMMIT_ATTEMPTS: '30' });
let open: OpenLake;
before(async () => {
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(() => open.close());

/** One raw record an hour. */
function rawRows(partition: number, from: number, to: number): PartitionRows {
  const buffer = createRowBuffer('raw_events');
  for (let offset = from; offset < to; offset++) {
    buffer.push({ offset, appendTime: START + offset * HOUR_MS, key: null, value: Buffer.from(`${offset}`) });
  }
  return { generation: 'g1', partition, follows: from - 1, rowCount: to - from, columns: buffer.columns() };
}

async function offsets(partition: number): Promise<number[]> {
  const { columns } = await open.lake.read((connection) =>
    connection.query(
      `SELECT "offset" FROM ${open.lake.reference('raw_events')} WHERE "partition" = $partition ORDER BY "offset"`,
      { partition },
    ),
  );
  return Array.from(columns['offset']!.values as BigInt64Array, Number);
}

test('raw events go by the hour once they are old enough, and each partition keeps its last', async () => {
  await open.lake.appendExactlyOnce('raw_events', [rawRows(0, 0, 6), rawRows(1, 0, 2)]);
  const at = START + 4 * HOUR_MS + 1;
  assert.equal((await deleteOldRaw(open.lake, { before: at, dryRun: true })).rows, 5);
  assert.equal((await offsets(0)).length, 6);
  assert.deepEqual(await deleteOldRaw(open.lake, { before: at }), { before: START + 4 * HOUR_MS, rows: 5 });
  assert.deepEqual(await offsets(0), [4, 5]);
  assert.deepEqual(await offsets(1), [1]);
  assert.equal((await deleteOldRaw(open.lake, { before: at })).rows, 0);
});

test('what was deleted does not come back, and the sink goes on where it was', async () => {
  const again = await open.lake.appendExactlyOnce('raw_events', [rawRows(0, 0, 8), rawRows(1, 0, 3)]);
  assert.equal(again.appended, 3);
  assert.deepEqual(await offsets(0), [4, 5, 6, 7]);
  assert.deepEqual(await offsets(1), [1, 2]);
});

test('redriven records stay: they say which letters are settled', async () => {
  const buffer = createRowBuffer('raw_events');
  for (let offset = 0; offset < 3; offset++) {
    const redriven = offset === 1 ? { from: 0, sighted: true } : undefined;
    buffer.push({ offset, appendTime: START, key: null, value: Buffer.from('x'), redriven });
  }
  const rows = { generation: 'g1', partition: 7, follows: -1, rowCount: 3, columns: buffer.columns() };
  await open.lake.appendExactlyOnce('raw_events', [rows]);
  await deleteOldRaw(open.lake, { before: START + HOUR_MS });
  assert.deepEqual(await offsets(7), [1, 2]);
});

test('deleting while others append loses and doubles nothing', async () => {
  const other = await openLake(config, silentLog());
  try {
    const appends = (async () => {
      for (let from = 8; from < 20; from += 2) {
        await other.lake.appendExactlyOnce('raw_events', [rawRows(0, from, from + 2)]);
      }
    })();
    for (let hour = 5; hour < 9; hour++) await deleteOldRaw(open.lake, { before: START + hour * HOUR_MS });
    await appends;
    // The row that was the last while it was old enough may go now.
    await deleteOldRaw(open.lake, { before: START + 8 * HOUR_MS });
    assert.deepEqual(
      await offsets(0),
      Array.from({ length: 12 }, (_, i) => 8 + i),
    );
  } finally {
    await other.close();
  }
});
