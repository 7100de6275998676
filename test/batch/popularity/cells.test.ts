import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { buildCells } from '../../../batch/popularity/cells.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import { createCellTable } from '../../../domain/cells.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { generation } from '../../../domain/ids.ts';
import { addMeasures, isCounted, MEASURE_COUNT, type CountedRecord } from '../../../domain/measures.ts';
import { bucketOf } from '../../../domain/time.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { arbitraryImpressions, arbitraryPlays, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
});
after(() => duckdb.close());

const BLOCK = 8;

/** The same cells by the speed layer's own fold. */
function foldCells(records: readonly CleanRecord[]): string[] {
  const table = createCellTable();
  for (const { event, timeStatus, rawOffset } of records) {
    if (!isCounted(event.kind)) continue;
    const counted = { ...event, timeStatus, rawOffset } as unknown as CountedRecord;
    const bucket = bucketOf(event.eventTime, timeStatus);
    const row = table.row(counted.titleId, event.country, bucket);
    addMeasures(counted, table.measures(), row * MEASURE_COUNT);
  }
  const { size, titles, countries, buckets, measures } = table.snapshot();
  return Array.from({ length: size }, (_, i) =>
    [
      titles[i],
      countries[i],
      buckets[i],
      ...measures.subarray(i * MEASURE_COUNT, (i + 1) * MEASURE_COUNT),
    ].join('|'),
  ).sort();
}

test('SQL counts below the cut exactly what the speed fold counts, whatever the events', async () => {
  const plays = fc.tuple(arbitraryPlays({ maxLength: 40 }), arbitraryPlays({ maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(plays, arbitraryImpressions({ maxLength: 40 }), async (played, seen) => {
      const fresh = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
      try {
        const lake = await createTableLake(fresh);
        await lake.appendExactlyOnce(
          'plays',
          played.map((records, p) => partitionRows('plays', p, records)),
        );
        await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 1, seen)]);
        const log = { generation: generation('g1'), partitions: 2, blockSize: BLOCK };
        const plan = await createPopularityJob({ lake, log }).plan();
        const below = (records: readonly CleanRecord[]) =>
          records.slice(0, Math.floor(records.length / BLOCK) * BLOCK);
        const expected = foldCells([...played.flatMap(below), ...below(seen)]);
        const found = await lake.read(async (connection) => {
          await buildCells(connection, plan, lake.reference);
          return connection.query(
            `SELECT concat_ws('|', title_id, country, bucket, plays, qualified_plays, impressions, seconds_viewed) AS cell
             FROM cells`,
          );
        });
        assert.deepEqual([...(found.columns['cell']?.values as string[])].sort(), expected);
      } finally {
        await fresh.close();
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('rows of an earlier, closed generation count whole, of a later one not at all', async () => {
  const lake = await createTableLake(duckdb);
  const [records] = fc.sample(arbitraryPlays({ minLength: 24, maxLength: 40 }), { numRuns: 1, seed: 7 });
  assert.ok(records !== undefined);
  const starts = records.map(
    (record) => ({ ...record, event: { ...record.event, kind: 'play_start' } }) as CleanRecord,
  );
  for (const name of ['g1', 'g2', 'g10']) {
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, starts, { generation: name })]);
  }
  const plan: ComputePlan = {
    inputs: [{ table: 'plays', snapshotId: '1' }],
    cut: { plays: [16], impressions: [0] },
    blockSize: BLOCK,
    generation: generation('g2'),
  };
  const { columns } = await lake.read(async (connection) => {
    await buildCells(connection, plan, lake.reference);
    return connection.query('SELECT CAST(sum(plays) AS BIGINT) AS plays FROM cells');
  });
  assert.equal(Number(columns['plays']?.values[0]), starts.length + 16);
});
