import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createEventsJob, type EventsJob } from '../../../batch/backfill/events-job.ts';
import type { ShadowFiles } from '../../../batch/backfill/overlay.ts';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { parseEventsOrder, type EventsOrder } from '../../../domain/backfills/order.ts';
import type { EventsPlan, ShardCounts } from '../../../domain/backfills/run.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { generation } from '../../../domain/ids.ts';
import type { CutVector } from '../../../domain/manifest.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { LOG_START } from '../../support/clean-rows.ts';
import {
  BACKFILL,
  between,
  MINUTE,
  orderOf,
  play,
  plays,
  rowsOf,
  textsOf,
} from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';

const BLOCK = 4;
let duckdb: DuckDb;
let lake: DuckDbLake;
let job: EventsJob;
let dir: string;
let folders = 0;

beforeEach(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
  job = createEventsJob({ lake, settings: BACKFILL });
  dir = mkdtempSync(join(tmpdir(), 'marquee-events-job-'));
});
afterEach(() => duckdb.close());

const append = (records: readonly CleanRecord[], from = 0): Promise<unknown> =>
  lake.appendExactlyOnce('plays', [rowsOf(records, from)]);

async function appendRaw(count: number, from = 0): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  const columns = {
    offset: numbers,
    append_time: numbers.map((n) => LOG_START + n * MINUTE),
    key: numbers.map((n) => Buffer.from(`p${n}`)),
    value: numbers.map((n) => Buffer.from(`{"n":${n}}`)),
  };
  const rows = { generation: 'g1', partition: 0, follows: -1, rowCount: count, columns };
  await lake.appendExactlyOnce('raw_events', [rows]);
}

const planOf = (order: EventsOrder, ceiling: CutVector | null = null): Promise<EventsPlan> =>
  job.plan({ order, generation: generation('g1'), ceiling, asOf: LOG_START + 1000 * MINUTE, lookups: {} });

/** What the fold makes of the log today: these records. */
async function folded(order: EventsOrder, plan: EventsPlan, records: readonly CleanRecord[]) {
  const files: Partial<Record<CleanTopic, string[]>> = {};
  const counts: ShardCounts[] = [];
  for (const shard of plan.shards) {
    const made = records.filter(({ rawOffset }) => rawOffset >= shard.from && rawOffset < shard.to);
    const folder = mkdtempSync(join(dir, `${++folders}-`));
    const rows = new Map([['plays', [rowsOf(made, 'raw')]] as const]);
    const input = { order, plan, shard, folded: { raw: shard.rows, rows }, region: 'test', dir: folder };
    const { counts: of, parts } = await job.shadow(input);
    counts.push(of);
    for (const { topic, path } of parts) (files[topic] ??= []).push(path);
  }
  const sum = (of: keyof ShardCounts): number => counts.reduce((total, one) => total + one[of], 0);
  const names = ['raw', 'same', 'replaced', 'removed', 'missing', 'withoutRaw'] as const;
  return {
    counts: Object.fromEntries(names.map((name) => [name, sum(name)])) as unknown as ShardCounts,
    shadow: { order, plan, files: files as ShadowFiles, asOf: LOG_START + 1000 * MINUTE },
  };
}

const audit = ({ counts, shadow }: Awaited<ReturnType<typeof folded>>, ceiling: CutVector | null = null) =>
  job.audit({ ...shadow, plan: shadow.plan, counts, ceiling, blockSize: BLOCK });

async function standing(): Promise<string[]> {
  const { rowCount, columns } = await lake.read((connection) =>
    connection.query(`SELECT concat_ws(' ', "offset", raw_offset, title_id, country) AS row
      FROM ${lake.reference('plays')} ORDER BY "offset"`),
  );
  return Array.from({ length: rowCount }, (_, row) => String(columns['row']?.values[row]));
}
test('rows that are folded otherwise today keep their places and get what is right, once', async () => {
  const wrong = plays.map((one, n) => (n >= 10 && n < 14 ? play(n, { country: 'SE' }) : one));
  await append(wrong);
  await appendRaw(40);
  const order = orderOf(between(5, 30));
  const plan = await planOf(order, { plays: [32] });
  assert.deepEqual(
    plan.shards.map(({ from, to, rows }) => [from, to, rows]),
    [
      [5, 15, 10],
      [15, 25, 10],
      [25, 30, 5],
    ],
  );
  assert.deepEqual([plan.rows, plan.cleanRows, plan.estimatedSeconds], [25, 25, 1]);
  const done = await folded(order, plan, plays);
  assert.deepEqual(done.counts, { raw: 25, same: 21, replaced: 4, removed: 0, missing: 0, withoutRaw: 0 });
  const audited = await audit(done, { plays: [32] });
  assert.deepEqual(
    audited.checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual(audited.rows, { plays: 4 });
  assert.deepEqual(audited.blocks, {
    generation: 'g1',
    blocks: [{ topic: 'plays', partition: 0, from: 2, to: 4 }],
  });
  assert.deepEqual(await job.swap(done.shadow), { replaced: 4, removed: 0, added: 0 });
  assert.deepEqual(await standing(), textsOf(plays));
  assert.deepEqual(await job.swap(done.shadow), { replaced: 4, removed: 0, added: 0 });
  assert.deepEqual(await standing(), textsOf(plays));
});

/** Popularity of the lake as it is. */
async function counted() {
  const popularity = createPopularityJob({
    lake,
    log: { generation: generation('g1'), partitions: 1, blockSize: BLOCK },
  });
  const counting = await popularity.plan();
  const { parts } = await popularity.compute(counting, { outDir: join(dir, 'base'), asOf: LOG_START });
  const base = { partPaths: Object.fromEntries(parts.map(({ name, path }) => [name, path])) };
  return { base, counting };
}

test('a difference names the titles that move, the largest first', async () => {
  const wrong = plays.map((one, n) => (n >= 9 && n < 14 && n % 3 !== 2 ? play(n, { country: 'SE' }) : one));
  await append(wrong);
  await appendRaw(40);
  const { base, counting } = await counted();
  const order = orderOf();
  const done = await folded(order, await planOf(order), plays);
  const diff = await job.diff({ ...done.shadow, base, counting });
  assert.deepEqual([diff.added, diff.removed, diff.changed, diff.outOfWindows], [0, 0, 2, 0]);
  assert.deepEqual(
    diff.titles.map(({ titleId, change, before, after }) => [titleId, change, before.plays, after.plays]),
    [
      ['t0', 'changed', 14, 14],
      ['t1', 'changed', 13, 13],
    ],
  );
});

test('a title of its own is added, and one that nothing is left of is removed', async () => {
  const wrong = plays.map((one, n) => (n === 7 ? play(n, { titleId: 'typo' }) : one));
  await append(wrong);
  await appendRaw(40);
  const { base, counting } = await counted();
  const right = plays.map((one, n) => (n === 7 ? play(n, { titleId: 'named' }) : one));
  const order = orderOf();
  const done = await folded(order, await planOf(order), right);
  const { titles } = await job.diff({ ...done.shadow, base, counting });
  assert.deepEqual(
    titles.map(({ titleId, change }) => [titleId, change]),
    [
      ['named', 'added'],
      ['typo', 'removed'],
    ],
  );
});

test('a record that the fold no longer makes is removed, but not where its raw event is gone, nor the last', async () => {
  await append(plays);
  await appendRaw(35, 5);
  const order = orderOf();
  const plan = await planOf(order);
  const without = plays.filter((_, n) => n !== 3 && n !== 20);
  const done = await folded(order, plan, without);
  assert.deepEqual([done.counts.removed, done.counts.withoutRaw], [1, 1]);
  assert.deepEqual(
    (await audit(done)).checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual(await job.swap(done.shadow), { replaced: 0, removed: 1, added: 0 });
  assert.equal((await standing()).length, 39);
  const last = await folded(
    order,
    plan,
    plays.slice(0, 39).filter((_, n) => n !== 20),
  );
  assert.deepEqual(
    (await audit(last)).checks.filter(({ ok }) => !ok).map(({ check }) => check),
    ["plays: no partition's last row is removed"],
  );
});

test('one title, or one producer, is corrected alone', async () => {
  const wrong = plays.map((_, n) => play(n, { country: 'SE', producer: n < 20 ? 'tv' : 'web' }));
  const right = plays.map((_, n) => play(n, { producer: n < 20 ? 'tv' : 'web' }));
  await append(wrong);
  await appendRaw(40);
  const ofTitle = orderOf({ from: undefined, to: undefined, titleId: 't1' });
  assert.equal((await folded(ofTitle, await planOf(ofTitle), right)).counts.replaced, 13);
  const ofProducer = orderOf({ producer: 'web', axis: 'event', ...between(10, 25) });
  assert.equal((await folded(ofProducer, await planOf(ofProducer), right)).counts.replaced, 5);
});

test('rows above the lowest cut that may be served are refused, before anything is folded and after', async () => {
  await append(plays);
  await appendRaw(40);
  await assert.rejects(planOf(orderOf(), { plays: [32] }), { code: 'BACKFILL_ABOVE_CUT' });
  const order = orderOf(between(0, 30));
  const done = await folded(
    order,
    await planOf(order, { plays: [32] }),
    plays.map((_, n) => play(n, { country: 'SE' })),
  );
  const { checks } = await audit(done, { plays: [28] });
  assert.deepEqual(
    checks.filter(({ ok }) => !ok).map(({ check }) => check),
    ['plays: all lies below the lowest cut that may be served'],
  );
});

test('a lake that moved under the shadow is left as it is', async () => {
  await append(plays);
  await appendRaw(40);
  const order = orderOf();
  const done = await folded(
    order,
    await planOf(order),
    plays.map((_, n) => play(n, { country: 'SE' })),
  );
  await lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('plays')} WHERE "offset" = 7`),
  );
  await assert.rejects(job.swap(done.shadow), { code: 'BACKFILL_MOVED' });
  assert.ok((await standing()).every((row) => row.endsWith('DE')));
});

test('a bootstrap puts rows before the first that stands, once', async () => {
  await append(plays.slice(12), 12);
  await appendRaw(40);
  const order = parseEventsOrder({ name: 'early', reason: 'bootstrap' }, 1000);
  const plan = await planOf(order);
  assert.equal(plan.rows, 12);
  const done = await folded(order, plan, plays);
  assert.equal(done.counts.missing, 12);
  assert.deepEqual(
    (await audit(done)).checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual(await job.swap(done.shadow), { replaced: 0, removed: 0, added: 12 });
  assert.deepEqual(await standing(), textsOf(plays));
});

test('a fill finds what never became a record, and what has landed since', async () => {
  const lost = new Set([4, 5, 17]);
  await append(plays.filter((_, n) => !lost.has(n)));
  await appendRaw(40);
  const order = orderOf({ reason: 'fill' });
  const done = await folded(order, await planOf(order), plays);
  assert.equal(done.counts.missing, 3);
  assert.deepEqual(
    (await audit(done)).checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual(
    await job.unlanded(done.shadow),
    [4, 5, 17].map((offset) => ({ partition: 0, offset })),
  );
  const [event] = await job.readRaw(done.shadow.plan, 0, [5]);
  assert.deepEqual(
    [String(event?.key && Buffer.from(event.key)), Buffer.from(event!.value).toString()],
    ['p5', '{"n":5}'],
  );
  const again = { ...play(50), enriched: { redrivenFrom: 5 } } as CleanRecord;
  await append([again], 37);
  assert.deepEqual(
    (await job.unlanded(done.shadow)).map(({ offset }) => offset),
    [4, 17],
  );
  assert.equal((await folded(order, await planOf(order), plays)).counts.missing, 2);
});

test('a fill without the window before it is refused: what came twice could not be told', async () => {
  await append(plays);
  await appendRaw(30, 10);
  const order = orderOf({ reason: 'fill', ...between(20, 30) });
  await assert.rejects(planOf(order), { code: 'BACKFILL_ORDER_INVALID' });
});
