import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildCells, hourlySql } from '../../../batch/popularity/cells.ts';
import { COUNTED_TABLES, countSlice, type CountedTable } from '../../../batch/popularity/count-slice.ts';
import { planPopularity } from '../../../batch/popularity/plan.ts';
import { ALL, boundsOf } from '../../../batch/popularity/slice.ts';
import { MEASURE_COLUMNS } from '../../../batch/popularity/measure-columns.ts';
import { generation } from '../../../domain/ids.ts';
import type { MeasureLimits } from '../../../domain/measures.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbConnection } from '../../../infra/duckdb/connection.ts';
import { arbitraryImpressions, arbitraryPlays, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const BLOCK = 8;
const LIMITS: MeasureLimits = { capCount: 2, capWindowMs: 6 * HOUR_MS, qualifyWindowMs: 20 * HOUR_MS };
const MEASURED = Object.values(MEASURE_COLUMNS).join(', ');
const log = { generation: generation('g1'), partitions: 2, blockSize: BLOCK };

/** What cells.ts says of each table. */
const BY_WINDOWS: Readonly<Record<CountedTable, string>> = {
  hours: hourlySql('hours'),
  recent: `SELECT title_id, country, bucket, ${MEASURED} FROM cells`,
  row_hours: hourlySql('row_hours'),
  registers: hourlySql('registers'),
};
const BY_SUMS: Readonly<Record<CountedTable, string>> = {
  hours: `SELECT title_id, country, hour, ${MEASURED} FROM hours`,
  recent: `SELECT title_id, country, bucket, ${MEASURED} FROM recent`,
  row_hours: 'SELECT title_id, "row", hour, impressions, capped_impressions FROM row_hours',
  registers: 'SELECT title_id, hour, register, rank FROM registers',
};

async function linesOf(connection: DuckDbConnection, queries: Readonly<Record<CountedTable, string>>) {
  const lines: Record<string, string[]> = {};
  for (const table of Object.keys(COUNTED_TABLES) as CountedTable[]) {
    const sql = `SELECT concat_ws('|', *COLUMNS(*)) AS line FROM (${queries[table]})`;
    const { columns } = await connection.query(sql);
    lines[table] = [...(columns['line']?.values as string[])].sort();
  }
  return lines;
}

test('sums with windows over full caps alone come to what windows over every event come to', async () => {
  const played = fc.tuple(arbitraryPlays({ maxLength: 60 }), arbitraryPlays({ maxLength: 60 }));
  const seen = arbitraryImpressions({ maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(played, seen, fc.boolean(), async (plays, impressions, isOld) => {
      const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
      try {
        const lake = await createTableLake(duckdb);
        const rows = plays.map((records, p) => partitionRows('plays', p, records));
        await lake.appendExactlyOnce('plays', rows);
        await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 1, impressions)]);
        const plan = await planPopularity(lake, { ...log, generation: generation(isOld ? 'g2' : 'g1') });
        await lake.read(async (connection) => {
          await buildCells(connection, plan, lake.reference, undefined, LIMITS);
          const expected = await linesOf(connection, BY_WINDOWS);
          const order = { plan, slice: ALL, fromBucket: -1, limits: LIMITS };
          await countSlice(connection, order, lake.reference);
          assert.deepEqual(await linesOf(connection, BY_SUMS), expected);
        });
      } finally {
        await duckdb.close();
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

test('a slice reads the log from so far back that caps and proofs know what came before it', () => {
  const limits = { capCount: 3, capWindowMs: HOUR_MS, qualifyWindowMs: 24 * HOUR_MS };
  const at = 1000 * HOUR_MS + 5;
  const since = { kind: 'since', cut: {}, hours: [990, 970], appendedFromMs: at } as const;
  assert.deepEqual(boundsOf({ ...since, hours: [] }, limits), {
    countedFromMs: at,
    capFromMs: 1000 * HOUR_MS,
    proofFromMs: 976 * HOUR_MS,
    toMs: undefined,
  });
  assert.equal(boundsOf(since, limits).countedFromMs, 970 * HOUR_MS - 300_000);
  assert.deepEqual(boundsOf(ALL, limits), {
    countedFromMs: 0,
    capFromMs: 0,
    proofFromMs: 0,
    toMs: undefined,
  });
});
