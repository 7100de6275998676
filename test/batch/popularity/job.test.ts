import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { firstBucketOf } from '../../../batch/popularity/base.ts';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
import { generation, titleId } from '../../../domain/ids.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { playStarts } from '../../support/activity-world.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-job-'));
after(() => rmSync(scratch, { recursive: true }));

const ROWS = 3000;
const [plays] = fc.sample(arbitraryPlays({ minLength: ROWS, maxLength: ROWS }), { numRuns: 1, seed: 1 });
const [seen] = fc.sample(arbitraryImpressions({ minLength: ROWS, maxLength: ROWS }), { numRuns: 1, seed: 2 });
const log = { generation: generation('g1'), partitions: 3, blockSize: 256 };
const asOf = LOG_START + 3 * DAY_MS;

async function compute(
  name: string,
  options: { threads: number; backwards?: boolean },
): Promise<PopularityParts> {
  const duckdb = await createDuckDb({ threads: options.threads, memoryLimitMb: 256 });
  try {
    const lake = await createTableLake(duckdb);
    const batches = [0, 1].map((partition) => partitionRows('plays', partition, plays!));
    // The order in which partitions were committed is no part of the truth.
    for (const batch of options.backwards === true ? batches.toReversed() : batches) {
      await lake.appendExactlyOnce('plays', [batch]);
    }
    await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 2, seen!)]);
    const job = createPopularityJob({ lake, log });
    return await job.compute(await job.plan(), { outDir: join(scratch, name), asOf });
  } finally {
    await duckdb.close();
  }
}

async function query(sql: string): Promise<Record<string, number>> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  try {
    const { columns } = await duckdb.use((connection) => connection.query(sql));
    return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, Number(values[0])]));
  } finally {
    await duckdb.close();
  }
}
const pathOf = ({ parts }: PopularityParts, name: string): string =>
  parts.find((part) => part.name === name)?.path ?? '';
/** All spans. */
const allOf = ({ parts }: PopularityParts, name: string): string =>
  `read_parquet([${parts
    .filter((part) => part.name.startsWith(`${name}-`))
    .map(({ path }) => `'${path}'`)
    .join(', ')}])`;

test('the same inputs give the same bytes, on one thread or four, in whatever order rows were committed', async () => {
  const first = await compute('a', { threads: 1 });
  const second = await compute('b', { threads: 4, backwards: true });
  const identity = ({ parts }: PopularityParts) =>
    parts.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 }));
  assert.deepEqual(identity(second), identity(first));
  for (const { name } of first.parts) {
    assert.ok(readFileSync(pathOf(first, name)).equals(readFileSync(pathOf(second, name))), name);
  }
});

test('the plan cuts every partition at the last block boundary that the lake has read up to', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const lake = await createTableLake(duckdb);
  const job = createPopularityJob({ lake, log });
  assert.deepEqual((await job.plan()).inputs, []);
  await lake.appendExactlyOnce('plays', [
    partitionRows('plays', 0, plays!.slice(0, 255)),
    partitionRows('plays', 1, plays!.slice(0, 256)),
  ]);
  const plan = await job.plan();
  assert.deepEqual(plan.cut, { plays: [0, 256, 0], impressions: [0, 0, 0] });
  assert.deepEqual(plan.inputs, [{ table: 'plays', snapshotId: '1' }]);
  await duckdb.close();
});

test('titles that only a leading U+FEFF tells apart are counted apart', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const lake = await createTableLake(duckdb);
  const job = createPopularityJob({ lake, log });
  const named = playStarts(0, log.blockSize, 't').map((record, i) =>
    i % 4 === 0 ? { ...record, event: { ...record.event, titleId: titleId('\ufefft') } } : record,
  );
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, named)]);
  const result = await job.compute(await job.plan(), { outDir: join(scratch, 'marked'), asOf });
  await duckdb.close();
  const counted = await query(
    `SELECT count(*) AS titles, min(plays) AS least, max(plays) AS most FROM '${pathOf(result, 'totals')}'`,
  );
  assert.deepEqual(counted, { titles: 2, least: log.blockSize / 4, most: (3 * log.blockSize) / 4 });
  const names = await query(`SELECT count(DISTINCT title_id) AS names FROM '${pathOf(result, 'totals')}'`);
  assert.equal(names['names'], 2);
});

test('parts open with plain DuckDB, agree with one another and say what they hold', async () => {
  const result = await compute('c', { threads: 2 });
  const measures =
    'sum(plays)::BIGINT AS plays, sum(impressions)::BIGINT AS impressions, sum(seconds_viewed)::BIGINT AS seconds';
  const totals = await query(`SELECT ${measures} FROM '${pathOf(result, 'totals')}'`);
  const hours = await query(`SELECT ${measures} FROM ${allOf(result, 'hours')}`);
  assert.deepEqual(hours, totals);
  assert.equal(totals['plays'], result.metrics['plays']);
  const recent = await query(
    `SELECT min(bucket) AS first, sum(plays)::BIGINT AS plays FROM ${allOf(result, 'recent')}`,
  );
  assert.ok((recent['first'] ?? 0) >= firstBucketOf(asOf));
  const lately = await query(
    `SELECT sum(plays)::BIGINT AS plays FROM ${allOf(result, 'hours')} WHERE hour >= ${Math.floor(firstBucketOf(asOf) / 12)}`,
  );
  assert.ok((recent['plays'] ?? 0) > 0);
  assert.equal(recent['plays'], lately['plays']);
  const outside = await query(`SELECT count(*) AS n FROM ${allOf(result, 'hours')} WHERE hour = -1`);
  assert.ok((outside['n'] ?? 0) > 0);
  assert.deepEqual(
    result.schema.map(({ name, type, nullable }) => `${name} ${type}${nullable ? '?' : ''}`),
    [
      'title_id VARCHAR',
      'country VARCHAR?',
      'plays BIGINT?',
      'qualified_plays BIGINT?',
      'impressions BIGINT?',
      'seconds_viewed BIGINT?',
      'capped_plays BIGINT?',
      'capped_qualified_plays BIGINT?',
      'capped_impressions BIGINT?',
      'capped_seconds_viewed BIGINT?',
      'bucket INTEGER?',
      'hour INTEGER?',
      'row VARCHAR?',
      'register INTEGER?',
      'rank INTEGER?',
      'hour_of_week INTEGER?',
      'hours INTEGER?',
      'first_hour INTEGER?',
      'first_day_plays BIGINT?',
      'first_day_impressions BIGINT?',
      'first_week_plays BIGINT?',
      'first_week_impressions BIGINT?',
    ],
  );
});

test('an empty lake gives empty parts of the same shape', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const lake = await createTableLake(duckdb);
  const job = createPopularityJob({ lake, log });
  const { parts, metrics } = await job.compute(await job.plan(), { outDir: join(scratch, 'empty'), asOf });
  assert.deepEqual(
    parts.map(({ rows }) => rows),
    [0, 0, 0, 0, 0, 0, 0],
  );
  assert.equal(metrics['plays'], 0);
  await duckdb.close();
});
