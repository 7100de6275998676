import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildCells, hourlySql } from '../../../batch/popularity/cells.ts';
import { isNamed, type Names } from '../../../batch/popularity/codes.ts';
import { countHere, gatherLog } from '../../../batch/popularity/counted-days.ts';
import { readLog } from '../../../batch/popularity/log-slice.ts';
import { loggedEvents } from '../../../batch/popularity/logged-events.ts';
import { planPopularity } from '../../../batch/popularity/plan.ts';
import { ALL, boundsOf } from '../../../batch/popularity/slice.ts';
import { MEASURE_COLUMNS, sumMeasuresSql } from '../../../batch/popularity/measure-columns.ts';
import { rolledUp, type CodedRows } from '../../../batch/popularity/rows.ts';
import { countEvents } from '../../../batch/popularity/span-counts.ts';
import { SHAPES, type CountedTable } from '../../../batch/popularity/tables.ts';
import { generation } from '../../../domain/ids.ts';
import type { MeasureLimits } from '../../../domain/measures.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbConnection } from '../../../infra/duckdb/connection.ts';
import { arbitraryImpressions, arbitraryPlays, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const BLOCK = 8;
const LIMITS: MeasureLimits = { capCount: 2, capWindowMs: 6 * HOUR_MS, qualifyWindowMs: 20 * HOUR_MS };
const MEASURED = Object.values(MEASURE_COLUMNS).join(', ');
const log = { generation: generation('g1'), partitions: 2, blockSize: BLOCK };

const TABLES = ['hours', 'row_hours', 'registers', 'recent', 'totals'] as const;
type Table = (typeof TABLES)[number];
/** What cells.ts says of each table. */
const BY_WINDOWS: Readonly<Record<Table, string>> = {
  hours: hourlySql('hours'),
  recent: `SELECT title_id, country, bucket, ${MEASURED} FROM cells`,
  totals: `SELECT title_id, country, ${sumMeasuresSql()} FROM cells GROUP BY ALL`,
  row_hours: hourlySql('row_hours'),
  registers: hourlySql('registers'),
};
const EVER = { fromDay: 0, toDay: 100_000 };

async function linesOf(connection: DuckDbConnection, queries: Readonly<Record<Table, string>>) {
  const lines: Record<string, string[]> = {};
  for (const table of TABLES) {
    const sql = `SELECT concat_ws('|', *COLUMNS(*)) AS line FROM (${queries[table]})`;
    const { columns } = await connection.query(sql);
    lines[table] = [...(columns['line']?.values as string[])].sort();
  }
  return lines;
}

/** The same lines of rows in columns. */
function linesOfRows(counted: Record<CountedTable, CodedRows>, names: Names): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const table of TABLES) {
    const { size, keys, values } = counted[table];
    lines[table] = Array.from({ length: size }, (_, row) => {
      const told = SHAPES[table].keys.map((key, k) => {
        const value = keys[k]![row]!;
        return isNamed(key) ? names[key][value] : value;
      });
      return [...told, ...values.map((column) => column[row])].join('|');
    }).sort();
  }
  return lines;
}

test('sums with order within full caps alone come to what windows over every event come to', async () => {
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
          const order = { plan, slice: ALL, limits: LIMITS };
          const taken = gatherLog();
          const { codes } = await readLog(connection, order, lake.rowsSql, (codes) => ({
            ...countHere(codes, LIMITS)(),
            take: taken.take,
          }));
          const counted = countEvents(loggedEvents(taken.all(), codes, LIMITS).of(EVER), -1, LIMITS);
          assert.deepEqual(
            linesOfRows({ ...counted, totals: rolledUp(counted.hours, 'sum') }, codes.names),
            expected,
          );
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
  const since = { kind: 'since', cut: {}, recounted: [], appendedFromMs: at } as const;
  const fromHour = (hour: number) => ({ capFromMs: hour * HOUR_MS, proofFromMs: (hour - 24) * HOUR_MS });
  assert.deepEqual(boundsOf(since, limits), { ...fromHour(1000), toMs: undefined });
  const again = { ...since, recounted: [40, 39] };
  assert.deepEqual(boundsOf(again, limits), { ...fromHour(39 * 24), toMs: undefined });
  assert.deepEqual(boundsOf({ kind: 'appended', fromDay: 30, toDay: 33 }, limits), {
    ...fromHour(30 * 24),
    toMs: 33 * DAY_MS,
  });
  assert.deepEqual(boundsOf({ kind: 'happened', fromMs: at, toMs: at + 1000 }, limits), {
    ...fromHour(999),
    toMs: at + 1000 + 7 * DAY_MS + HOUR_MS,
  });
  assert.deepEqual(boundsOf(again, limits, { fromDay: 40, toDay: 42 }), {
    ...fromHour(40 * 24),
    toMs: 42 * DAY_MS,
  });
  assert.deepEqual(boundsOf(ALL, limits), { capFromMs: 0, proofFromMs: 0, toMs: undefined });
  assert.throws(() => boundsOf(ALL, { ...limits, capWindowMs: 7 * HOUR_MS }), /no part of a day/);
});
