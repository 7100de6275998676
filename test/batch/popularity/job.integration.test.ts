import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createRangeJob } from '../../../batch/backfill/range-job.ts';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { COUNTED_TOPICS } from '../../../domain/topics.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import {
  arbitraryImpressions,
  arbitraryPlays,
  faster,
  LOG_START,
  partitionRows,
} from '../../support/clean-rows.ts';
import { testConfig } from '../../support/stack.ts';

const ROWS = 512;
const BLOCK = 128;
const FASTER = 18;
const config = testConfig({
  DUCKDB_THREADS: '2',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  MARQUEE_BLOCK_SIZE: String(BLOCK),
});
const { generation } = config;
const log = { generation, partitions: 2, blockSize: BLOCK };
const job = (open: OpenLake) => createPopularityJob({ lake: open.lake, log });
/** Too little for any slice to be read in one. */
const eventsAtOnce = 10;
/** Four hours of log: every hour of append time is a file of its own in each commit. */
const sample = (values: fc.Arbitrary<CleanRecord[]>, seed: number): CleanRecord[] =>
  faster(fc.sample(values, { numRuns: 1, seed })[0]!, FASTER);
const plays = sample(arbitraryPlays({ minLength: ROWS, maxLength: ROWS }), 5);
const seen = sample(arbitraryImpressions({ minLength: ROWS, maxLength: ROWS }), 6);
const asOf = LOG_START + 3 * DAY_MS;
const scratch = mkdtempSync(join(tmpdir(), 'marquee-popularity-'));
let open: OpenLake;
let other: OpenLake;
/** The version that tests after the first go on from. */
let newest: { plan: ComputePlan; computed: PopularityParts } | undefined;

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
  newest = { plan: next, computed: newer };
});

test('a range counted anew from the lake, up to the cut of its base, changes nothing', async () => {
  const { plan, computed: base } = newest!;
  const partPaths = Object.fromEntries(base.parts.map(({ name, path }) => [name, path]));
  const start = Math.ceil(LOG_START / HOUR_MS) * HOUR_MS;
  const range = { fromMs: start - HOUR_MS, toMs: start + 2 * HOUR_MS };
  const ranges = createRangeJob({ lake: other.lake, eventsAtOnce });
  const diff = await ranges.diff({ partPaths }, plan, range);
  assert.equal(diff.added + diff.removed + diff.changed, 0);
  assert.ok(diff.unchanged > 0);
  const again = await ranges.compute({ partPaths }, plan, range, { outDir: join(scratch, 'again'), asOf });
  assert.deepEqual(identity(again), identity(base));
});

const manifestOf = (version: number, plan: ComputePlan, computed: PopularityParts, at: number): Manifest => ({
  ...{ view: viewName('popularity'), version: version as ViewVersion, region: config.region, parent: null },
  ...{ ...plan, asOf: new Date(at).toISOString(), codeVersion: 'test/1', foldVersion: FOLD_VERSION },
  parts: identity(computed).map((part) => ({ ...part, bytes: 0 })),
  ...{ schema: computed.schema, rowCounts: computed.rowCounts, metrics: computed.metrics },
});

test('what is new laid over a version is the whole counted anew, after appends, a correction, an erasure and a removal', async () => {
  const { lake } = open;
  const table = lake.reference('plays');
  const change = (sql: string) => (): Promise<void> => lake.read((connection) => connection.run(sql));
  // Changed events out of every window would have everything counted anew.
  const more = sample(arbitraryPlays({ minLength: ROWS, maxLength: ROWS }), 8).filter(
    ({ timeStatus }) => timeStatus === 'ok',
  );
  const append = (from: number, to: number) => async (): Promise<void> => {
    const rows = partitionRows('plays', 1, more.slice(from, to), { generation, from });
    await lake.appendExactlyOnce('plays', [rows]);
  };
  const inWindows = `"partition" = 1 AND "offset" BETWEEN 100 AND 110 AND time_status = 'ok'`;
  // Two commits to a version: what lies between two versions is seldom one snapshot.
  const commits = {
    appends: [append(0, 200), append(200, 400)],
    'a correction and an erasure': [
      change(`UPDATE ${table} SET country = 'FR' WHERE ${inWindows} AND profile_id <> 'p3'`),
      change(`UPDATE ${table} SET profile_id = 's1', profile_hash = 77 WHERE ${inWindows}`),
    ],
    'a removal and an append': [
      change(`DELETE FROM ${table} WHERE ${inWindows} AND "offset" % 2 = 0`),
      append(400, more.length),
    ],
  };
  let { computed } = newest!;
  let manifest = manifestOf(1, newest!.plan, computed, asOf);
  const modes: string[] = [];
  for (const [i, [name, made]] of Object.entries(commits).entries()) {
    for (const commit of made) await commit();
    const [version, at] = [i + 2, asOf + (i + 1) * HOUR_MS];
    const plan = await job(other).plan();
    const mode = await job(other).mode(plan, manifest, { codeVersion: 'test/1', asOf: at });
    const full = await job(open).compute(plan, { outDir: join(scratch, `full-${version}`), asOf: at });
    if (mode.kind === 'incremental') {
      const partPaths = Object.fromEntries(computed.parts.map((part) => [part.name, part.path]));
      const outDir = join(scratch, `laid-${version}`);
      const laid = await job(other).compute(plan, { outDir, asOf: at }, { partPaths, manifest, mode });
      assert.deepEqual(identity(laid), identity(full), name);
      const byDays = createPopularityJob({ lake: other.lake, log, eventsAtOnce });
      const options = { outDir: join(scratch, `by-days-${version}`), asOf: at };
      const again = await byDays.compute(plan, options, { partPaths, manifest, mode });
      assert.deepEqual(identity(again), identity(full), `${name}, by days`);
    }
    modes.push(
      mode.kind === 'full' ? `${name}: ${mode.reason}` : `${name}: ${mode.kind} ${mode.days.length > 0}`,
    );
    [computed, manifest] = [full, manifestOf(version, plan, full, at)];
  }
  assert.deepEqual(modes, [
    'appends: incremental false',
    'a correction and an erasure: incremental true',
    'a removal and an append: incremental true',
  ]);
  const expired = {
    ...manifest,
    inputs: [{ table: 'plays', snapshotId: '12345' }, ...manifest.inputs.slice(1)],
  };
  const mode = await job(open).mode(await job(open).plan(), expired, {
    codeVersion: 'test/1',
    asOf: asOf + DAY_MS,
  });
  assert.deepEqual(mode, { kind: 'full', reason: 'snapshot 12345 of plays has expired' });
});

test('a count whose snapshot expired under it fails at once and says so, and the next plan counts', async () => {
  const plan = await job(open).plan();
  const gone = { ...plan, inputs: COUNTED_TOPICS.map((table) => ({ table, snapshotId: '12345' })) };
  const options = { outDir: join(scratch, 'gone'), asOf: asOf + 2 * DAY_MS };
  await assert.rejects(
    job(open).compute(gone, options),
    (error) => isMarqueeError(error, 'LAKE_SNAPSHOT_GONE') && !error.retryable && /12345/.test(error.message),
  );
  const { parts } = await job(open).compute(plan, options);
  assert.ok(parts.some(({ name }) => name === 'totals'));
});
