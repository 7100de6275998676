import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { generation } from '../../../domain/ids.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { DuckDbConnection } from '../../../infra/duckdb/connection.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { interruptible } from '../../../infra/duckdb/interruption.ts';
import {
  arbitraryImpressions,
  arbitraryPlays,
  faster,
  LOG_START,
  partitionRows,
} from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';
import { watchThreads } from '../../support/watched-threads.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-in-turns-'));
after(() => rmSync(scratch, { recursive: true }));

const ROWS = { minLength: 400, maxLength: 400 };
const asOf = LOG_START + 9 * DAY_MS;
/** Of statements that read the log. */
const READS_LOG = /AS cap_key/;

/** A log of some days, counted on a thread; says how many read it at a time, and is told before each that does. */
async function begin(t: TestContext, beforeReading: (nth: number) => Promise<void>) {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const lake = await createTableLake(duckdb);
  const [plays] = fc.sample(arbitraryPlays(ROWS), { numRuns: 1, seed: 5 });
  const [impressions] = fc.sample(arbitraryImpressions(ROWS), { numRuns: 1, seed: 6 });
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, faster(plays!, 1 / 4))]);
  await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 0, impressions!)]);
  let [reading, most, reads] = [0, 0, 0];
  const watched = (connection: DuckDbConnection): DuckDbConnection => ({
    ...connection,
    async query(sql, params) {
      if (!READS_LOG.test(sql)) return connection.query(sql, params);
      reading += 1;
      most = Math.max(most, reading);
      try {
        await beforeReading(++reads);
        return await connection.query(sql, params);
      } finally {
        reading -= 1;
      }
    },
  });
  const job = createPopularityJob({
    lake: { ...lake, read: (work) => lake.read((connection) => work(watched(connection))) },
    log: { generation: generation('g1'), partitions: 1, blockSize: 1 },
    ...{ eventsAtOnce: 100, besideFrom: 0 },
  });
  const plan = await job.plan();
  return { count: (outDir: string) => job.compute(plan, { outDir, asOf }), counted: () => ({ most, reads }) };
}

test('of a long log one piece is read at a time, and the thread that counts ends with it', async (t) => {
  const { count, counted } = await begin(t, () => Promise.resolve());
  const threads = watchThreads(t);
  await count(join(scratch, 'whole'));
  const { most, reads } = counted();
  assert.ok(reads > 4, `${reads} statements`);
  assert.equal(most, 1);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});

test('where a piece cannot be read the count fails with that, and no thread is left', async (t) => {
  const { count } = await begin(t, (nth) =>
    nth === 3 ? Promise.reject(new Error('the file is gone')) : Promise.resolve(),
  );
  const threads = watchThreads(t);
  await assert.rejects(count(join(scratch, 'failed')), /the file is gone/);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});

test('a count that is called off reads no more, and no thread is left', async (t) => {
  const controller = new AbortController();
  const { count, counted } = await begin(t, (nth) => {
    if (nth === 3) controller.abort(new Error('called off'));
    return Promise.resolve();
  });
  const threads = watchThreads(t);
  await assert.rejects(
    interruptible(controller.signal, () => count(join(scratch, 'called-off'))),
    /called off/,
  );
  assert.ok(counted().reads <= 4, `${counted().reads} statements`);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});
