import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createRangeJob, type BaseParts } from '../../../batch/backfill/range-job.ts';
import { createPopularityJob, type PopularityParts } from '../../../batch/popularity/job.ts';
import { EMPTY_SUMS, weightOf, type HourRange } from '../../../domain/backfill.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { generation } from '../../../domain/ids.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-range-'));
const ROWS = 2048;
/** Everybody plays once: what is lost in the range leaves no cap and no proof in the hours after it otherwise. */
const plays = fc
  .sample(arbitraryPlays({ minLength: ROWS, maxLength: ROWS }), { numRuns: 1, seed: 3 })[0]!
  .map((record, i) => withEvent(record, { profileId: `p${i}` }));
const seen = fc.sample(arbitraryImpressions({ minLength: ROWS, maxLength: ROWS }), {
  numRuns: 1,
  seed: 4,
})[0]!;
function withEvent(record: CleanRecord, fields: object): CleanRecord {
  return { ...record, event: { ...record.event, ...fields } };
}
const log = { generation: generation('g1'), partitions: 1, blockSize: 256 };
const asOf = LOG_START + 3 * DAY_MS;
const start = Math.ceil(LOG_START / HOUR_MS) * HOUR_MS;
const range: HourRange = { fromMs: start + 30 * HOUR_MS, toMs: start + 41 * HOUR_MS };
const inRange = ({ event, timeStatus }: CleanRecord): boolean =>
  timeStatus === 'ok' && event.eventTime >= range.fromMs && event.eventTime < range.toMs;

const open: DuckDb[] = [];
/** `whole` has every row; in `broken` the plays of the range were lost by an earlier fault. */
let whole: DuckDbLake;
let broken: DuckDbLake;
let base: PopularityParts;
const toBase = ({ parts }: PopularityParts): BaseParts => ({
  partPaths: Object.fromEntries(parts.map(({ name, path }) => [name, path])),
});

async function lakeOf(records: readonly CleanRecord[]): Promise<DuckDbLake> {
  const duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
  open.push(duckdb);
  const lake = await createTableLake(duckdb);
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records)]);
  await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 0, seen)]);
  return lake;
}

before(async () => {
  whole = await lakeOf(plays);
  const lost = plays.map((record): CleanRecord =>
    inRange(record) ? withEvent(record, { kind: 'play_pause', viewedSeconds: undefined }) : record,
  );
  broken = await lakeOf(lost);
  const job = createPopularityJob({ lake: broken, log });
  base = await job.compute(await job.plan(), { outDir: join(scratch, 'base'), asOf });
});
after(async () => {
  for (const duckdb of open) await duckdb.close();
  rmSync(scratch, { recursive: true });
});

test('a range counted anew over a version that lost it gives the version of the whole, to the byte', async () => {
  const plan = await createPopularityJob({ lake: whole, log }).plan();
  const [repaired, byDays] = await Promise.all(
    [undefined, 100].map((eventsAtOnce) =>
      createRangeJob({ lake: whole, ...(eventsAtOnce === undefined ? {} : { eventsAtOnce }) }).compute(
        toBase(base),
        plan,
        range,
        { outDir: join(scratch, `repaired-${eventsAtOnce ?? 'at-once'}`), asOf },
      ),
    ),
  );
  const expected = await createPopularityJob({ lake: whole, log }).compute(plan, {
    outDir: join(scratch, 'expected'),
    asOf,
  });
  const hashes = ({ parts }: PopularityParts) => parts.map(({ name, sha256 }) => `${name} ${sha256}`);
  assert.notDeepEqual(hashes(base), hashes(expected));
  assert.deepEqual(hashes(repaired!), hashes(expected));
  assert.deepEqual(hashes(byDays!), hashes(expected));
  assert.deepEqual(repaired!.metrics, { ...expected.metrics, backfilled_hours: 11 });
});

test('a range that the lake has not changed comes out as it was', async () => {
  const plan = await createPopularityJob({ lake: broken, log }).plan();
  const job = createRangeJob({ lake: broken });
  const again = await job.compute(toBase(base), plan, range, { outDir: join(scratch, 'again'), asOf });
  assert.deepEqual(
    again.parts.map(({ sha256 }) => sha256),
    base.parts.map(({ sha256 }) => sha256),
  );
  const diff = await job.diff(toBase(base), plan, range);
  assert.equal(diff.added + diff.removed + diff.changed, 0);
  assert.ok(diff.unchanged > 0);
  assert.deepEqual(diff.after, diff.before);
});

test('the difference says what was lost, by sums and by the rows that move most', async () => {
  const plan = await createPopularityJob({ lake: whole, log }).plan();
  const diff = await createRangeJob({ lake: whole }).diff(toBase(base), plan, range);
  const lost = plays.filter((record) => inRange(record) && record.event.kind === 'play_start').length;
  assert.ok(lost > 0);
  assert.equal(diff.after.plays - diff.before.plays, lost);
  assert.equal(diff.before.plays, 0);
  assert.equal(diff.after.impressions, diff.before.impressions);
  assert.equal(diff.removed, 0);
  const weights = diff.top.map(weightOf);
  assert.deepEqual(
    weights,
    weights.toSorted((a, b) => b - a),
  );
  for (const { hour } of diff.top) {
    const at = Date.parse(hour);
    assert.ok(at >= range.fromMs && at < range.toMs && at % HOUR_MS === 0, hour);
  }
});

test('rows that the recomputation no longer finds are told as removed', async () => {
  const plan = await createPopularityJob({ lake: whole, log }).plan();
  const nothing = { ...plan, cut: { plays: [0], impressions: [0] } };
  const diff = await createRangeJob({ lake: whole }).diff(toBase(base), nothing, range);
  assert.ok(diff.removed > 0);
  assert.equal(diff.added + diff.changed + diff.unchanged, 0);
  assert.deepEqual(diff.after, EMPTY_SUMS);
});
