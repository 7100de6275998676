import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { chaptersOf } from '../../../batch/popularity/chapters.ts';
import {
  createPopularityJob,
  type IncrementalBase,
  type PopularityJob,
  type PopularityParts,
} from '../../../batch/popularity/job.ts';
import { generation, region } from '../../../domain/ids.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { AppendWindow } from '../../../infra/lake/row-files.ts';
import {
  arbitraryImpressions,
  arbitraryPlays,
  faster,
  LOG_START,
  partitionRows,
} from '../../support/clean-rows.ts';
import { createVersionedLake } from '../../support/versioned-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-long-slice-'));
after(() => rmSync(scratch, { recursive: true }));

const log = { generation: generation('g1'), partitions: 1, blockSize: 1 };
const ROWS = { minLength: 800, maxLength: 800 };
const LOG_DAYS = 180;
const identity = ({ parts, metrics, rowCounts }: PopularityParts) => ({
  parts: parts.map(({ name, rows, sha256 }) => `${name} ${rows} ${sha256}`),
  ...{ metrics, rowCounts },
});

test('a day corrected half a year ago is counted anew some days at a time, and what lies between is not read', async () => {
  // Who holds a connection while it waits for another would wait for ever.
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256, connections: 1 });
  try {
    const lake = await createVersionedLake(duckdb);
    const windows: AppendWindow[] = [];
    const watched = {
      ...lake,
      rowsSql: (...[table, id, window]: Parameters<typeof lake.rowsSql>) => {
        windows.push(window);
        return lake.rowsSql(table, id, window);
      },
    };
    const lanes = ([arbitraryPlays(ROWS), arbitraryImpressions(ROWS)] as const).map((records, lane) =>
      faster(fc.sample(records, { numRuns: 1, seed: 11 + lane })[0]!, 3 / LOG_DAYS),
    );
    const append = async (from: number, to: number) => {
      for (const [lane, table] of (['plays', 'impressions'] as const).entries())
        await lake.appendExactlyOnce(table, [
          partitionRows(table, 0, lanes[lane]!.slice(from, to), { from }),
        ]);
    };
    const job = createPopularityJob({ lake, log });
    const compute = (name: string, by: PopularityJob, at: ComputePlan, base?: IncrementalBase) =>
      by.compute(at, { outDir: join(scratch, name), asOf }, base);
    const asOf = LOG_START + LOG_DAYS * DAY_MS + HOUR_MS;
    await append(0, 790);
    let plan = await job.plan();
    const first = await compute('first', job, plan);
    const manifest = {
      ...{ view: viewName('popularity'), version: 1 as ViewVersion, region: region('test'), parent: null },
      ...{ ...plan, asOf: new Date(asOf).toISOString(), codeVersion: 'test/1', foldVersion: FOLD_VERSION },
      ...first,
    };
    const corrected = LOG_START + 10 * DAY_MS;
    await lake.commit(
      'plays',
      'overwrite',
      (plays) => `UPDATE ${plays} SET title_id = 't1', kind = 'play_start'
        WHERE append_time >= epoch_ms(${corrected}) AND append_time < epoch_ms(${corrected + DAY_MS})`,
    );
    await append(790, 800);
    plan = await job.plan();
    const mode = await job.mode(plan, manifest, { codeVersion: 'test/1', asOf });
    assert.ok(mode.kind === 'incremental' && mode.days.length > 0, mode.reason);
    const partPaths = Object.fromEntries(first.parts.map(({ name, path }) => [name, path]));
    const laidOver = { partPaths, manifest, mode };
    const full = await compute('full', job, plan);
    assert.notDeepEqual(identity(full), identity(first));
    assert.deepEqual(identity(await compute('at-once', job, plan, laidOver)), identity(full));
    const byDays = createPopularityJob({ lake: watched, log, eventsAtOnce: 40 });
    windows.length = 0;
    assert.deepEqual(identity(await compute('by-days', byDays, plan, laidOver)), identity(full));
    // The first two ask for days, one a table; what is read for counting comes after.
    const read = windows.slice(2);
    assert.ok(read.length > 8, `${read.length} readings`);
    const between = LOG_START + 100 * DAY_MS;
    for (const { fromMs, toMs = Infinity } of read) assert.ok(toMs < between || fromMs > between);
  } finally {
    await duckdb.close();
  }
});

test('chapters have every wanted day once, and no events of another', () => {
  const days = fc.uniqueArray(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 50 }), fc.boolean()), {
    selector: ([day]) => day,
  });
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 200 }), (drawn, atOnce) => {
      const wanted = new Set(drawn.flatMap(([day, , isWanted]) => (isWanted ? [day] : [])));
      const events = new Map(drawn.map(([day, count]) => [day, count]));
      const chapters = chaptersOf(events, atOnce, (day) => wanted.has(day));
      for (const [nth, { fromDay, toDay }] of chapters.entries()) {
        assert.ok(nth === 0 || chapters[nth - 1]!.toDay <= fromDay);
        const within = drawn.filter(([day]) => day >= fromDay && day < toDay);
        assert.ok(within.length > 0 && within.every(([day]) => wanted.delete(day)));
        assert.ok(within.length === 1 || within.reduce((sum, [, count]) => sum + count, 0) <= atOnce);
      }
      assert.equal(wanted.size, 0);
    }),
  );
});
