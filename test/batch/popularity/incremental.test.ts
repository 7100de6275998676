import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { generation, region } from '../../../domain/ids.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import {
  arbitraryImpressions,
  arbitraryPlays,
  faster,
  LOG_START,
  partitionRows,
} from '../../support/clean-rows.ts';
import { createVersionedLake, type VersionedLake } from '../../support/versioned-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-incremental-'));
after(() => rmSync(scratch, { recursive: true }));
const BLOCK = 16;
const log = { generation: generation('g1'), partitions: 2, blockSize: BLOCK };

const identity = ({ parts }: PopularityParts) =>
  parts.map(({ name, rows, sha256 }) => `${name} ${rows} ${sha256}`);

/** What staging would have written of a version. */
function manifestOf(version: number, plan: ComputePlan, asOf: number, computed: PopularityParts): Manifest {
  return {
    ...{
      view: viewName('popularity'),
      version: version as ViewVersion,
      region: region('test'),
      parent: null,
    },
    ...{ ...plan, asOf: new Date(asOf).toISOString(), codeVersion: 'test/1', foldVersion: FOLD_VERSION },
    parts: computed.parts.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    ...{ schema: computed.schema, rowCounts: computed.rowCounts, metrics: computed.metrics },
  };
}

/** Changes rows that may have been counted: `at` picks them by their raw offset. */
const COMMITS: Readonly<Record<string, (lake: VersionedLake, at: number) => Promise<void>>> = {
  correction: (lake, at) =>
    lake.commit(
      'plays',
      'overwrite',
      (plays) =>
        `UPDATE ${plays} SET title_id = 't1', viewed_seconds = 300 WHERE raw_offset // 2 % 50 = ${at % 50}`,
    ),
  removal: (lake, at) =>
    lake.commit(
      'impressions',
      'overwrite',
      (seen) => `DELETE FROM ${seen} WHERE raw_offset // 2 % 50 = ${at % 50}`,
    ),
  'erasure of one profile': (lake, at) =>
    lake.commit(
      'plays',
      'overwrite',
      (plays) =>
        `UPDATE ${plays} SET profile_id = 's${at}', profile_hash = ${at * 7919} WHERE profile_id = 'p1'`,
    ),
  'rewriting of files': (lake) => lake.commit('plays', 'overwrite', () => 'SELECT 1'),
  'rows put in below the cut': (lake, at) =>
    lake.commit(
      'plays',
      'append',
      (plays) => `INSERT INTO ${plays} BY NAME SELECT * REPLACE ('t2' AS title_id) FROM ${plays}
        WHERE raw_offset // 2 % 60 = ${at % 60} AND "offset" > 3 LIMIT 2`,
    ),
};

const step = fc.record({
  appended: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
  commits: fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...Object.keys(COMMITS)), { minLength: 1, maxLength: 2 }),
    },
  ),
  at: fc.nat(1000),
  laterMs: fc.constantFrom(0, 600_000, 5 * HOUR_MS, 30 * HOUR_MS),
});

const SIZE = { minLength: 250, maxLength: 250 };
/** Three lanes of a log. */
function logsOf(seed: number): CleanRecord[][] {
  const draw = (records: fc.Arbitrary<CleanRecord[]>, lane: number): CleanRecord[] =>
    fc.sample(records, { numRuns: 1, seed: seed * 3 + lane })[0]!;
  return [arbitraryPlays(SIZE), arbitraryPlays(SIZE), arbitraryImpressions(SIZE)].map(draw);
}

/** Goes through the steps, a version each; tells how each was made. */
async function drive(
  [plays, morePlays, seen]: readonly (readonly CleanRecord[])[],
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<string[]> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const dir = mkdtempSync(join(scratch, 'run-'));
  const modes: string[] = [];
  try {
    const lake = await createVersionedLake(duckdb);
    const job = createPopularityJob({ lake, log });
    const byDays = createPopularityJob({ lake, log, eventsAtOnce: 20 });
    const lanes = [
      { table: 'plays', partition: 0, records: plays!, from: 0 },
      { table: 'plays', partition: 1, records: morePlays!, from: 0 },
      { table: 'impressions', partition: 1, records: seen!, from: 0 },
    ] as const;
    const at = [0, 0, 0];
    let asOf = LOG_START + 2 * HOUR_MS;
    let parent: { manifest: Manifest; computed: PopularityParts } | undefined;
    for (const [number, { appended, commits, laterMs, at: place }] of steps.entries()) {
      for (const [i, { table, partition, records }] of lanes.entries()) {
        const rows = records.slice(at[i], at[i]! + appended[i]!);
        if (rows.length === 0) continue;
        await lake.appendExactlyOnce(table, [partitionRows(table, partition, rows, { from: at[i]! })]);
        at[i]! += rows.length;
      }
      for (const commit of commits) await COMMITS[commit]!(lake, place);
      asOf += laterMs;
      const planned = await job.plan();
      const cut = Object.fromEntries(
        Object.entries(planned.cut).map(([topic, offsets]) => [
          topic,
          offsets.map((offset, p) => Math.max(offset, parent?.manifest.cut[topic]?.[p] ?? 0)),
        ]),
      );
      const plan = { ...planned, cut };
      const mode = await job.mode(plan, parent?.manifest ?? null, { codeVersion: 'test/1', asOf });
      const full = await job.compute(plan, { outDir: join(dir, `${number}-full`), asOf });
      if (mode.kind === 'incremental') {
        const partPaths = Object.fromEntries(parent!.computed.parts.map(({ name, path }) => [name, path]));
        const base = { partPaths, manifest: parent!.manifest, mode };
        const laid = await job.compute(plan, { outDir: join(dir, `${number}-laid`), asOf }, base);
        assert.deepEqual(identity(laid), identity(full), `step ${number}: ${commits.join()} ${mode.reason}`);
        assert.deepEqual(laid.metrics, full.metrics);
        const turned = await byDays.compute(plan, { outDir: join(dir, `${number}-days`), asOf }, base);
        assert.deepEqual(identity(turned), identity(full), `step ${number}, some days at a time`);
        parent = { manifest: manifestOf(number + 1, plan, asOf, laid), computed: laid };
      } else parent = { manifest: manifestOf(number + 1, plan, asOf, full), computed: full };
      modes.push(mode.kind === 'full' ? mode.reason : mode.days.length > 0 ? 'recounted' : 'incremental');
    }
    return modes;
  } finally {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  }
}

test('laying what is new over the parent gives a full recompute to the byte, whatever was committed', async () => {
  const modes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(10_000),
      fc.array(step, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(1, 6, 20),
      async (seed, steps, factor) => {
        const made = await drive(
          logsOf(seed).map((log) => faster(log, factor)),
          steps,
        );
        for (const mode of made) modes.set(mode, (modes.get(mode) ?? 0) + 1);
      },
    ),
    { numRuns: 3, endOnFailure: true, seed: 7 },
  );
  // A test of full recomputes alone would hold of anything.
  assert.ok((modes.get('incremental') ?? 0) > 3, JSON.stringify([...modes]));
  assert.ok((modes.get('recounted') ?? 0) > 0, JSON.stringify([...modes]));
});
