import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import {
  countHere,
  type Count,
  type DayCounts,
  type ReadLog,
} from '../../../batch/popularity/counted-days.ts';
import { countingBeside } from '../../../batch/popularity/counting-beside.ts';
import { readLog } from '../../../batch/popularity/log-slice.ts';
import { planPopularity } from '../../../batch/popularity/plan.ts';
import { ALL } from '../../../batch/popularity/slice.ts';
import { generation } from '../../../domain/ids.ts';
import { MEASURE_LIMITS } from '../../../domain/measures.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { arbitraryImpressions, arbitraryPlays, faster, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';
import { watchThreads } from '../../support/watched-threads.ts';

const ROWS = { minLength: 300, maxLength: 300 };
const log = { generation: generation('g1'), partitions: 1, blockSize: 1 };

/** A log of some days; what is read of it is given away each time. */
async function begin(t: TestContext) {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const lake = await createTableLake(duckdb);
  const [plays] = fc.sample(arbitraryPlays(ROWS), { numRuns: 1, seed: 5 });
  const [impressions] = fc.sample(arbitraryImpressions(ROWS), { numRuns: 1, seed: 6 });
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, faster(plays!, 1 / 4))]);
  await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 0, faster(impressions!, 1 / 4))]);
  const plan = await planPopularity(lake, log);
  return () => lake.read((connection) => readLog(connection, { plan, slice: ALL }, lake.rowsSql));
}

async function daysOf(count: Count, read: ReadLog): Promise<[number, DayCounts][]> {
  const counted = await count(read);
  const days: [number, DayCounts][] = [];
  for (const day of counted.days) days.push([day, await counted.of(day, 0)]);
  counted.release();
  return days;
}

test('a thread comes to what this one comes to, of several logs at a time', async (t) => {
  const reading = await begin(t);
  const { codes, read } = await reading();
  const here = await daysOf(countHere(codes, MEASURE_LIMITS), read);
  assert.ok(here.length > 2);
  const logs = [(await reading()).read, (await reading()).read];
  const beside = await countingBeside(codes, MEASURE_LIMITS, (count) =>
    Promise.all(logs.map((log) => daysOf(count, log))),
  );
  assert.deepEqual(beside, [here, here]);
});

test('where the thread fails, whoever waits for it is told, and whoever asks afterwards', async (t) => {
  const reading = await begin(t);
  const { codes, read } = await reading();
  const threads = watchThreads(t);
  const noTitles = { keys: { ...codes.keys, title_id: codes.keys.title_id.slice(0, 1) } };
  await countingBeside(noTitles, MEASURE_LIMITS, async (count) => {
    const another = await reading();
    for (const one of await Promise.allSettled([count(read), count(another.read)]))
      assert.match(String((one as PromiseRejectedResult).reason), /RangeError: key \d+n? is not in the list/);
    await assert.rejects(count((await reading()).read), RangeError);
  });
  assert.deepEqual(threads(), { started: 1, running: 0 });
});
