import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createRangeJob } from '../../../batch/backfill/range-job.ts';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { testConfig } from '../../support/stack.ts';

const ROWS = 1024;
const BLOCK = 256;
const config = testConfig({
  DUCKDB_THREADS: '2',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  MARQUEE_BLOCK_SIZE: String(BLOCK),
});
const { generation } = config;
const job = (open: OpenLake) =>
  createPopularityJob({ lake: open.lake, log: { generation, partitions: 2, blockSize: BLOCK } });
const sample = <T>(values: fc.Arbitrary<T[]>, seed: number): T[] =>
  fc.sample(values, { numRuns: 1, seed })[0]!;
const plays = sample(arbitraryPlays({ minLength: ROWS, maxLength: ROWS }), 5);
const seen = sample(arbitraryImpressions({ minLength: ROWS, maxLength: ROWS }), 6);
const asOf = LOG_START + 3 * DAY_MS;
const scratch = mkdtempSync(join(tmpdir(), 'marquee-popularity-'));
let open: OpenLake;
let other: OpenLake;

before(async () => {
  open = await openLake(config, silentLog());
  other = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(async () => {
  await open.close();
  await other.close();
  rmSync(scratch, { recursive: true });
});

const identity = ({ parts }: PopularityParts) =>
  parts.map(({ name, rows, sha256 }) => ({ name, rows, sha256 }));

test('a plan gives the same bytes on another machine, later, though the lake went on', async () => {
  assert.deepEqual((await job(open).plan()).inputs, []);
  const half = ROWS / 2 + 10;
  await open.lake.appendExactlyOnce('plays', [
    partitionRows('plays', 0, plays.slice(0, half), { generation }),
  ]);
  await open.lake.appendExactlyOnce('impressions', [partitionRows('impressions', 1, seen, { generation })]);
  const plan = await job(open).plan();
  assert.deepEqual(plan.cut, { plays: [ROWS / 2, 0], impressions: [0, ROWS] });
  const first = await job(open).compute(plan, { outDir: join(scratch, 'first'), asOf });
  const rest = partitionRows('plays', 0, plays.slice(half), { generation, from: half });
  await open.lake.appendExactlyOnce('plays', [rest]);
  const later = await job(other).compute(plan, { outDir: join(scratch, 'later'), asOf });
  assert.deepEqual(identity(later), identity(first));
  const next = await job(other).plan();
  assert.notDeepEqual(next.inputs, plan.inputs);
  const newer = await job(other).compute(next, { outDir: join(scratch, 'newer'), asOf });
  assert.ok((newer.metrics['plays'] ?? 0) > (first.metrics['plays'] ?? 0));
});

test('a range counted anew from the lake, up to the cut of its base, changes nothing', async () => {
  const plan = await job(open).plan();
  const base = await job(open).compute(plan, { outDir: join(scratch, 'base'), asOf });
  const partPaths = Object.fromEntries(base.parts.map(({ name, path }) => [name, path]));
  const start = Math.ceil(LOG_START / HOUR_MS) * HOUR_MS;
  const range = { fromMs: start + 10 * HOUR_MS, toMs: start + 40 * HOUR_MS };
  const ranges = createRangeJob({ lake: other.lake });
  const diff = await ranges.diff({ partPaths }, plan, range);
  assert.equal(diff.added + diff.removed + diff.changed, 0);
  assert.ok(diff.unchanged > 0);
  const again = await ranges.compute({ partPaths }, plan, range, { outDir: join(scratch, 'again'), asOf });
  assert.deepEqual(identity(again), identity(base));
});
