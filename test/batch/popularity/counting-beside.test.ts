import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import {
  countHere,
  gatherLog,
  type Count,
  type Counting,
  type DayCounts,
  type ReadLog,
} from '../../../batch/popularity/counted-days.ts';
import { countingBeside } from '../../../batch/popularity/counting-beside.ts';
import { readLog } from '../../../batch/popularity/log-slice.ts';
import { planPopularity } from '../../../batch/popularity/plan.ts';
import { ALL } from '../../../batch/popularity/slice.ts';
import { generation } from '../../../domain/ids.ts';
import { MEASURE_LIMITS } from '../../../domain/measures.ts';
import { COUNTED_TOPICS } from '../../../domain/topics.ts';
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
  return async () => {
    const log = gatherLog();
    const { codes } = await lake.read((connection) =>
      readLog(connection, { plan, slice: ALL }, lake.rowsSql, (codes) => ({
        ...countHere(codes, MEASURE_LIMITS)(),
        take: log.take,
      })),
    );
    return { codes, read: log.all() };
  };
}

const TAKEN_AT_ONCE = 70;

/** Some rows at a time, the last of them fewer. */
function begun(count: Count, read: ReadLog): Counting {
  const counting = count();
  for (const topic of COUNTED_TOPICS) {
    const { rowCount, columns } = read[topic];
    for (let from = 0; from < rowCount; from += TAKEN_AT_ONCE) {
      const to = Math.min(rowCount, from + TAKEN_AT_ONCE);
      const rows = Object.entries(columns).map(([name, column]) => {
        assert.equal(column.kind, 'numeric');
        return [name, { ...column, values: column.values.slice(from, to) }] as const;
      });
      counting.take(topic, { rowCount: to - from, columns: Object.fromEntries(rows) }, rowCount);
    }
  }
  return counting;
}

async function daysOf(counting: Counting): Promise<[number, DayCounts][]> {
  const counted = await counting.counted();
  const days: [number, DayCounts][] = [];
  for (const day of counted.days) days.push([day, await counted.of(day, 0)]);
  counted.release();
  return days;
}

test('a thread comes to what this one comes to, of several logs at a time', async (t) => {
  const reading = await begin(t);
  const { codes, read } = await reading();
  const whole = countHere(codes, MEASURE_LIMITS)();
  for (const topic of COUNTED_TOPICS) whole.take(topic, read[topic], read[topic].rowCount);
  const here = await daysOf(whole);
  assert.ok(here.length > 2);
  assert.deepEqual(await daysOf(begun(countHere(codes, MEASURE_LIMITS), read)), here);
  const beside = await countingBeside(codes, MEASURE_LIMITS, async (count) => {
    begun(count, read).drop();
    const logs = [begun(count, read), begun(count, read)];
    return Promise.all(logs.map(daysOf));
  });
  assert.deepEqual(beside, [here, here]);
});

test('where the thread fails, whoever waits for it is told, and whoever asks afterwards', async (t) => {
  const reading = await begin(t);
  const { codes, read } = await reading();
  const threads = watchThreads(t);
  const noTitles = { keys: { ...codes.keys, title_id: codes.keys.title_id.slice(0, 1) } };
  await countingBeside(noTitles, MEASURE_LIMITS, async (count) => {
    const logs = [begun(count, read), begun(count, read)];
    for (const one of await Promise.allSettled(logs.map((log) => log.counted())))
      assert.match(String((one as PromiseRejectedResult).reason), /RangeError: key \d+n? is not in the list/);
    await assert.rejects(begun(count, read).counted(), RangeError);
  });
  assert.deepEqual(threads(), { started: 1, running: 0 });
});
