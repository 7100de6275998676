import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
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
/** Some days of the log are in four weeks that are over. */
const asOf = LOG_START + 9 * DAY_MS;
/** None is. */
const asOfEarly = LOG_START + 2 * DAY_MS;
/** Of statements that read the log. */
const READS_LOG = /AS cap_key/;

/** Of statements that write a part. */
const WRITES_PART = /^\s*COPY /;

/** Of some statements, how many have run, at a time and in all; `before` is told which is next. */
function watch(statements: RegExp, before: (nth: number) => Promise<void> = () => Promise.resolve()) {
  const seen = { running: 0, most: 0, begun: 0 };
  const watched =
    <A extends readonly [sql: string, ...unknown[]], T>(run: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (!statements.test(args[0])) return run(...args);
      seen.running += 1;
      seen.begun += 1;
      seen.most = Math.max(seen.most, seen.running);
      try {
        await before(seen.begun);
        return await run(...args);
      } finally {
        seen.running -= 1;
      }
    };
  const on = (connection: DuckDbConnection): DuckDbConnection => ({
    ...connection,
    run: watched(connection.run),
    query: watched(connection.query),
    queryByBatch: watched(connection.queryByBatch),
  });
  return { seen, on };
}

/** A log of some days, counted on a thread, or here where it is `short`. */
async function begin(
  t: TestContext,
  { reading = watch(READS_LOG), writing = watch(WRITES_PART), isShort = false, connections = 4 },
) {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256, connections });
  t.after(() => duckdb.close());
  const lake = await createTableLake(duckdb);
  const [plays] = fc.sample(arbitraryPlays(ROWS), { numRuns: 1, seed: 5 });
  const [impressions] = fc.sample(arbitraryImpressions(ROWS), { numRuns: 1, seed: 6 });
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, faster(plays!, 1 / 4))]);
  await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 0, impressions!)]);
  const job = createPopularityJob({
    lake: {
      ...lake,
      read: (work) => lake.read((connection) => work(reading.on(connection))),
      use: (work) => lake.use((connection) => work(writing.on(connection))),
    },
    log: { generation: generation('g1'), partitions: 1, blockSize: 1 },
    ...(isShort ? {} : { eventsAtOnce: 100, besideFrom: 0 }),
  });
  const plan = await job.plan();
  return (outDir: string, at = asOf) => job.compute(plan, { outDir: join(scratch, outDir), asOf: at });
}

test('of a long log one piece is read at a time, and the thread that counts ends with it', async (t) => {
  const reading = watch(READS_LOG);
  const count = await begin(t, { reading });
  const threads = watchThreads(t);
  await count('whole');
  assert.ok(reading.seen.begun > 4, `${reading.seen.begun} statements`);
  assert.equal(reading.seen.most, 1);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});

test('where a piece cannot be read the count fails with that, and no thread is left', async (t) => {
  const reading = watch(READS_LOG, (nth) =>
    nth === 3 ? Promise.reject(new Error('the file is gone')) : Promise.resolve(),
  );
  const count = await begin(t, { reading });
  const threads = watchThreads(t);
  await assert.rejects(count('failed'), /the file is gone/);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});

test('a count that is called off reads no more, and no thread is left', async (t) => {
  const controller = new AbortController();
  const reading = watch(READS_LOG, (nth) => {
    if (nth === 3) controller.abort(new Error('called off'));
    return Promise.resolve();
  });
  const count = await begin(t, { reading });
  const threads = watchThreads(t);
  await assert.rejects(
    interruptible(controller.signal, () => count('called-off')),
    /called off/,
  );
  assert.ok(reading.seen.begun <= 4, `${reading.seen.begun} statements`);
  assert.deepEqual(threads(), { started: 1, running: 0 });
});

for (const isShort of [true, false])
  test(`where a part of a ${isShort ? 'short' : 'long'} log cannot be written, those under way end before the count fails`, async (t) => {
    const begun = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<void>();
    const writing = watch(WRITES_PART, async (nth) => {
      if (nth === 1) return failed.promise;
      if (nth > 2) return;
      begun.resolve();
      throw new Error('the disk is full');
    });
    const count = await begin(t, { writing, isShort });
    const threads = watchThreads(t);
    const counting = count(`unwritten-${isShort}`, asOfEarly);
    const outcome = assert.rejects(counting, /the disk is full/);
    await begun.promise;
    assert.equal(await Promise.race([counting.catch(() => 'failed'), nextTurn('under way')]), 'under way');
    failed.resolve();
    await outcome;
    assert.equal(writing.seen.running, 0);
    assert.equal(threads().running, 0);
  });

for (const isShort of [true, false])
  test(`a ${isShort ? 'short' : 'long'} log is counted with one connection`, async (t) => {
    const [few, many] = await Promise.all(
      [1, 4].map(async (connections) =>
        (await begin(t, { isShort, connections }))(`connections-${isShort}-${connections}`),
      ),
    );
    const identity = ({ parts }: PopularityParts) => parts.map(({ name, sha256 }) => ({ name, sha256 }));
    assert.deepEqual(identity(few!), identity(many!));
  });
