import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPerformanceJob } from '../../../batch/performance/job.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createTableLake } from '../../support/table-lake.ts';

const TIME = `TIMESTAMP '2026-11-01 12:00:00'`;
const scratch = mkdtempSync(join(tmpdir(), 'marquee-performance-'));
after(() => rmSync(scratch, { recursive: true }));

test('rows and positions have the takes of the newest answers, and a row shown low is estimated as seen', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  after(() => duckdb.close());
  const tables = await createTableLake(duckdb);
  const lake = { ...tables, snapshot: () => Promise.resolve('1') };
  // Title a stands at both ranks of row x; row y is shown at the lower one alone, and taken as often there as x is.
  const shown = (title: string, row: string, rank: number, count: number): string =>
    `SELECT 'impression' AS kind, '${title}' AS title_id, '${row}' AS "row", ${rank} AS "rank",
      ${TIME} AS append_time FROM range(${count})`;
  const taken = (title: string, row: string, rank: number, count: number, version = 1): string =>
    `SELECT 'g1' AS generation, '${row}${rank}' || i AS upsert_key, ${version} AS version, ${version} AS "offset",
      '${title}' AS title_id, '${row}' AS "row", ${rank} AS "rank", ${TIME} AS append_time FROM range(${count}) r(i)`;
  await lake.read(async (connection) => {
    const promoted = (promotion: string, id: number): string =>
      `SELECT 'impression' AS kind, 'p' AS profile_id, '${promotion}' AS promotion_id, 'i${id}' AS event_id,
        ${TIME} AS append_time`;
    await connection.run(
      `INSERT INTO ${lake.reference('impressions')} BY NAME
        ${promoted('launch', 1)} UNION ALL ${promoted('launch', 2)} UNION ALL ${promoted('quiet', 3)}`,
    );
    const led = (key: string, version: number, impression: string): string =>
      `SELECT 'g1' AS generation, '${key}' AS upsert_key, ${version} AS version, 'p' AS profile_id,
        '${impression}' AS impression_id, ${TIME} AS append_time`;
    await connection.run(
      `INSERT INTO ${lake.reference('attributed_plays')} BY NAME
        ${led('k1', 1, 'i3')} UNION ALL ${led('k1', 2, 'i1')} UNION ALL ${led('k2', 1, 'elsewhere')}`,
    );
    const impressions = [
      ...[shown('a', 'x', 0, 1000), shown('a', 'x', 4, 1000), shown('b', 'y', 4, 1000)],
      // Longer ago than is looked at.
      shown('a', 'x', 0, 500).replace('2026-11-01', '2026-10-03'),
    ];
    await connection.run(
      `INSERT INTO ${lake.reference('impressions')} BY NAME ${impressions.join(' UNION ALL ')}`,
    );
    // Fifty plays of y were thought to be of x's first place at first.
    const plays = [
      taken('a', 'x', 0, 200),
      taken('a', 'x', 4, 50),
      taken('a', 'x', 0, 50, 0).replace("'x0'", "'y4'"),
      taken('b', 'y', 4, 50),
    ];
    await connection.run(
      `INSERT INTO ${lake.reference('attributed_plays')} BY NAME ${plays.join(' UNION ALL ')}`,
    );
  });
  const job = createPerformanceJob({ lake });
  const parts = await job.compute((await job.plan())!, scratch);
  const linesOf = (name: string, columns: string): Promise<string[]> =>
    duckdb.use(async (connection) => {
      const { path } = parts.find((part) => part.name === name)!;
      const { columns: found } = await connection.query(
        `SELECT concat_ws('|', ${columns}) AS line FROM '${path}'`,
      );
      return [...(found['line']?.values as string[])];
    });
  assert.deepEqual(await linesOf('positions', 'position, shown, taken, rate, round(propensity, 6)'), [
    '0|1000|200|0.2|1.0',
    '4|2000|100|0.05|0.25',
  ]);
  const measured = 'shown, taken, rate, round(unbiased_rate, 6), round(unbiased_error, 6)';
  assert.deepEqual(await linesOf('rows', `row_id, ${measured}`), [
    'x|2000|250|0.125|0.2|0.015811',
    'y|1000|50|0.05|0.2|0.028284',
  ]);
  assert.deepEqual(await linesOf('row-positions', `row_id, position, ${measured}`), [
    'x|0|1000|200|0.2|0.2|0.014142',
    'x|4|1000|50|0.05|0.2|0.028284',
    'y|4|1000|50|0.05|0.2|0.028284',
  ]);
  assert.deepEqual(await linesOf('promotions', 'promotion_id, shown, taken'), ['launch|2|1', 'quiet|1|0']);
});

test('a title of one row is not taken for one of another, whatever both are called', async () => {
  const positionsOf = async (names: readonly (readonly [row: string, title: string])[]): Promise<unknown> => {
    const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
    after(() => duckdb.close());
    const tables = await createTableLake(duckdb);
    const lake = { ...tables, snapshot: () => Promise.resolve('1') };
    // Each stands at one rank alone, so nothing tells how much of the difference is the rank's.
    const cells = names.map(([row, title], at) => ({ row, title, rank: 4 * at, taken: at === 0 ? 500 : 50 }));
    await lake.read(async (connection) => {
      for (const { row, title, rank, taken } of cells) {
        const columns = `'${title}' AS title_id, '${row}' AS "row", ${rank} AS "rank", ${TIME} AS append_time`;
        await connection.run(
          `INSERT INTO ${lake.reference('impressions')} BY NAME SELECT 'impression' AS kind, ${columns} FROM range(1000)`,
        );
        await connection.run(
          `INSERT INTO ${lake.reference('attributed_plays')} BY NAME
            SELECT 'g1' AS generation, '${rank}-' || i AS upsert_key, 1 AS version, 1 AS "offset", ${columns}
            FROM range(${taken}) r(i)`,
        );
      }
    });
    const job = createPerformanceJob({ lake });
    const parts = await job.compute((await job.plan())!, mkdtempSync(join(scratch, 'named-')));
    const { path } = parts.find(({ name }) => name === 'positions')!;
    return duckdb.use(async (connection) => (await connection.query(`SELECT * FROM '${path}'`)).columns);
  };
  const apart = await positionsOf([
    ['r', 's'],
    ['t', 'u'],
  ]);
  assert.deepEqual(
    await positionsOf([
      ['x', 'y a'],
      ['x y', 'a'],
    ]),
    apart,
  );
});
