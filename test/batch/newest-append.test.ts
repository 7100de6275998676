import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { newestAppend } from '../../batch/newest-append.ts';
import type { TableInput } from '../../domain/manifest.ts';
import { DAY_MS } from '../../domain/time.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { createTableLake } from '../support/table-lake.ts';

const COMMITTED = 1_790_000_000_000;
const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
after(() => duckdb.close());
const tables = await createTableLake(duckdb);

/** Plays that were logged so long before their snapshot was committed, and what is asked of them. */
async function lakeOf(agesMs: readonly number[]) {
  const asked: string[] = [];
  const reference = tables.reference('plays');
  await tables.read(async (connection) => {
    await connection.run(`DELETE FROM ${reference}`);
    for (const age of agesMs)
      await connection.run(
        `INSERT INTO ${reference} BY NAME SELECT epoch_ms(CAST(${COMMITTED - age} AS BIGINT)) AS append_time`,
      );
  });
  const lake: typeof tables = {
    ...tables,
    snapshots: () => Promise.resolve([{ id: '7', sequence: 1, timestampMs: COMMITTED, operation: 'append' }]),
    read: (work) =>
      tables.read((connection) =>
        work({
          ...connection,
          query: (sql: string) => {
            asked.push(sql);
            return connection.query(sql);
          },
        }),
      ),
  };
  return { lake, asked };
}

const input = (snapshotId: string): TableInput[] => [{ table: 'plays', snapshotId }];

test('of a table that grows, the last day alone is read', async () => {
  const { lake, asked } = await lakeOf([5, 70, 400 * DAY_MS]);
  assert.equal(await newestAppend(lake, input('7')), COMMITTED - 5);
  assert.equal(asked.length, 1);
  assert.match(asked[0]!, /append_time >= /);
});

test('rows that were logged long before they were committed are found all the same', async () => {
  for (const age of [3 * DAY_MS, 900 * DAY_MS]) {
    const { lake } = await lakeOf([age, age + 5]);
    assert.equal(await newestAppend(lake, input('7')), COMMITTED - age);
  }
  // A snapshot that nothing is known of is read whole.
  const { lake, asked } = await lakeOf([5]);
  assert.equal(await newestAppend(lake, input('8')), COMMITTED - 5);
  assert.doesNotMatch(asked[0]!, /WHERE/);
});

test('there is none without rows', async () => {
  const { lake } = await lakeOf([]);
  assert.equal(await newestAppend(lake, input('7')), null);
  assert.equal(await newestAppend(lake, []), null);
});
