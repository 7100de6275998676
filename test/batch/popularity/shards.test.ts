import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { CountedTable } from '../../../batch/popularity/count-slice.ts';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { createPopularityShards, shardsOf } from '../../../batch/popularity/shards.ts';
import { generation } from '../../../domain/ids.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-shards-'));
after(() => rmSync(scratch, { recursive: true }));

test('shards counted one by one and reduced are the recompute in one, to the byte', async () => {
  const duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
  after(() => duckdb.close());
  const lake = await createTableLake(duckdb);
  const ROWS = 1500;
  const size = { minLength: ROWS, maxLength: ROWS };
  const [plays] = fc.sample(arbitraryPlays(size), { numRuns: 1, seed: 21 });
  const [seen] = fc.sample(arbitraryImpressions(size), { numRuns: 1, seed: 22 });
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays!)]);
  await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 1, seen!)]);
  const log = { generation: generation('g1'), partitions: 2, blockSize: 64 };
  const job = createPopularityJob({ lake, log });
  const pieces = createPopularityShards({ lake });
  const plan = await job.plan();
  const asOf = LOG_START + 3 * DAY_MS;
  const whole = await job.compute(plan, { outDir: join(scratch, 'whole'), asOf });
  const shards = await pieces.plan(plan, 4);
  assert.equal(shards.length, 4);
  const counted: Record<CountedTable, string>[] = [];
  for (const [i, shard] of shards.entries()) {
    const parts = await pieces.count(plan, shard, { outDir: join(scratch, `shard-${i}`), asOf });
    const paths = Object.fromEntries(parts.map(({ name, path }) => [name, path]));
    counted.push(paths as Record<CountedTable, string>);
  }
  // Nobody waits for the first shard to be the first.
  const reduced = await pieces.reduce(counted.toReversed(), { outDir: join(scratch, 'reduced'), asOf });
  const identity = ({ parts }: typeof whole) =>
    parts.map(({ name, rows, sha256 }) => ({ name, rows, sha256 }));
  assert.deepEqual(identity(reduced), identity(whole));
  assert.deepEqual(reduced.metrics, whole.metrics);
});

test('shards follow on one another, hold every hour once and about as many events each', () => {
  const hours = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(hours, fc.integer({ min: 1, max: 9 }), (told, count) => {
      const perHour = new Map(told.map((hour) => [hour, 1 + (hour % 7)]));
      const shards = shardsOf(perHour, count);
      assert.ok(shards.length >= 1 && shards.length <= count);
      shards.slice(1).forEach(({ fromMs }, i) => assert.equal(fromMs, shards[i]!.toMs));
      const holding = (hour: number) =>
        shards.filter(({ fromMs, toMs }) => hour * HOUR_MS >= fromMs && hour * HOUR_MS < toMs);
      for (const hour of told) assert.equal(holding(hour).length, 1);
    }),
  );
  assert.deepEqual(shardsOf(new Map(), 3), []);
});
