/** Backfills of events from the command line, on real servers: what the lake has is made up, Kafka has nothing of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { EventsOrder } from '../../../domain/backfills/order.ts';
import type { EventsDiff, EventsPlan, ShadowAudit } from '../../../domain/backfills/run.ts';
import { country } from '../../../domain/ids.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { viewName } from '../../../domain/views.ts';
import { startWorkerProcess } from '../../../infra/bin/worker-process.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { loadConfig } from '../../../infra/config.ts';
import { openLake, openObjectStore, type OpenLake } from '../../../infra/connections.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { silentLog } from '../../../infra/log.ts';
import type { EventsReport, EventsSummary } from '../../../infra/temporal/event-backfills.ts';
import { playStarts } from '../../support/activity-world.ts';
import { LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { films, writeLines } from '../../support/side-inputs.ts';
import { testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-backfill-commands-'));
const source = join(dir, 'titles.ndjson');
const env = testEnvironment({
  ...{ MARQUEE_CATALOGUE_SOURCE: source, MARQUEE_BLOCK_SIZE: '16', MARQUEE_PARTITIONS: '1' },
  ...{ DUCKDB_MEMORY_LIMIT_MB: '256', DUCKDB_THREADS: '1', WORKER_METRICS_PORT: '0' },
  ...{ BACKFILL_SETTLE_MS: '0', VIEWS_KEEP_VERSIONS: '1' },
});
const config = loadConfig(env);
const TITLE = 'film-0';
/** A play a minute. The lake begins with the 21st, and has all in Sweden. */
const [PLAYS, FIRST] = [60, 20];
/** Whole blocks of 16. */
const CUT = 48;
const minute = (n: number): string => new Date(LOG_START + n * MINUTE_MS).toISOString();
/** Below the cut. */
const RANGE = ['--from', minute(FIRST), '--to', minute(45)];
const closers: (() => Promise<void> | void)[] = [];
const store = openObjectStore(config);
const views = createViewRepository({ store, region: config.region });
let lake: OpenLake;

before(async () => {
  await store.ensureBucket();
  lake = await openLake(config, silentLog());
  await lake.lake.ensureTables();
  const plays = playStarts(0, PLAYS, TITLE);
  const columns = {
    offset: plays.map((_, i) => 2 * i),
    append_time: plays.map(({ appendTime }) => appendTime),
    value: plays.map(({ event }) => Buffer.from(JSON.stringify(event))),
  };
  const raw = { generation: 'g1', partition: 0, follows: -1, rowCount: PLAYS, columns };
  await lake.lake.appendExactlyOnce('raw_events', [raw]);
  const wrong = plays
    .slice(FIRST)
    .map((one) => ({ ...one, event: { ...one.event, country: country('SE') } }));
  const rows = { ...partitionRows('plays', 0, wrong, { from: FIRST }), follows: -1 };
  await lake.lake.appendExactlyOnce('plays', [rows]);
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log: silentLog(), onClose, fail: assert.fail });
  assert.equal((await marquee('refresh', 'popularity')).code, 0);
});
after(async () => {
  for (const close of closers.toReversed()) await close();
  await lake.close();
  store.close();
  rmSync(dir, { recursive: true });
});

async function marquee(...args: string[]): Promise<{ code: number; out: string; talk: string }> {
  let [out, talk] = ['', ''];
  const code = await runCommandLine(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (talk += text) },
    env,
  });
  return { code, out, talk };
}

async function asJson<T>(...args: string[]): Promise<T> {
  const { code, out, talk } = await marquee('backfill', ...args, '--json');
  assert.equal(code, 0, talk);
  assert.equal(out.trimEnd().split('\n').length, 1, 'one line of data');
  return JSON.parse(out) as T;
}

interface Shown {
  readonly id: string;
  readonly order: EventsOrder;
  readonly plan: EventsPlan | null;
  readonly audit: ShadowAudit | null;
  readonly diff: EventsDiff | null;
}

/** Countries of the plays, in the order of offsets, as runs: `20-44 DE, 45-59 SE`. */
async function countries(): Promise<string> {
  const { columns } = await lake.lake.read((connection) =>
    connection.query(
      `SELECT coalesce(string_agg(run, ', ' ORDER BY run), '') AS runs FROM (
        SELECT printf('%02d-%02d %s', min("offset"), max("offset"), country) AS run
        FROM (FROM ${lake.lake.reference('plays')}) GROUP BY country)`,
    ),
  );
  return String(columns['runs']?.values[0]);
}

const waiting = (name: string) =>
  until(
    async () => {
      const { progress } = await asJson<EventsReport>('show', name);
      return progress?.phase === 'waiting' && progress.diff !== null;
    },
    60_000,
    100,
  );

test('a plan and a dry run tell what would be read and changed, in words and as data, and change nothing', async () => {
  const { order, plan } = await asJson<Shown>('plan', 'german-hours', ...RANGE);
  assert.deepEqual([order.reason, order.answers, order.dryRun], ['correct', 'recorded', false]);
  assert.deepEqual([plan?.cleanRows, plan?.rows, plan?.shards.length], [25, 25, 1]);
  assert.ok(plan?.leaves?.includes('impression memory'));
  const planned = await marquee('backfill', 'plan', 'german-hours', ...RANGE);
  assert.match(planned.out, /rows in question +25/);
  assert.match(planned.out, /left as it is +impression memory, title pairs/);
  const dry = await asJson<EventsReport>('start', 'german-hours', ...RANGE, '--dry-run');
  assert.deepEqual(
    [dry.state, dry.result?.outcome, dry.result?.counts.replaced],
    ['completed', 'dry-run', 25],
  );
  const { diff, audit } = await asJson<Shown>('diff', 'german-hours');
  assert.deepEqual(
    diff?.views[0]?.titles.map(({ titleId, change }) => [titleId, change]),
    [[TITLE, 'changed']],
  );
  assert.ok(audit?.checks.every(({ ok }) => ok));
  const told = await marquee('backfill', 'diff', dry.id);
  assert.match(told.out, /popularity version 1: 0 titles added, 0 removed, 1 changed/);
  // No play was attributed; what will be is told, and whose title pairs stay as they are.
  assert.match(
    told.out,
    /attributed_plays by attribution: of the records of 1 profiles 0 change, 40 are new/,
  );
  assert.match(told.out, /title pairs: left as it is, of 1 profiles/);
  assert.equal(await countries(), '20-59 SE');
});

test('what reaches above the cut, is not bounded, or is nobody’s is refused, with a code', async () => {
  const above = await marquee('backfill', 'plan', 'all-of-it', '--title', TITLE);
  assert.deepEqual([above.code, /^12 rows of plays .* 48/m.test(above.talk)], [1, true], above.talk);
  const endless = await marquee('backfill', 'start', 'endless');
  assert.notEqual(endless.code, 0);
  assert.match(endless.talk, /endless/);
  const nobody = await marquee('backfill', 'show', 'never-begun');
  assert.deepEqual([nobody.code, /never-begun/.test(nobody.talk)], [1, true], nobody.talk);
});

test('a run that waits is paused, resumed, folded again and cancelled; another is refused meanwhile', async () => {
  const begun = await asJson<EventsReport>('start', 'second', ...RANGE, '--detach');
  await waiting('second');
  const other = await marquee('backfill', 'start', 'third', ...RANGE, '--dry-run');
  assert.deepEqual([other.code, other.talk.includes(begun.id)], [1, true], other.talk);
  assert.equal((await asJson<EventsReport>('pause', 'second')).progress?.paused, true);
  const twice = await marquee('backfill', 'pause', 'second');
  assert.deepEqual([twice.code, /paused/.test(twice.talk)], [1, true], twice.talk);
  assert.equal((await asJson<EventsReport>('resume', begun.id)).progress?.paused, false);
  await asJson<EventsReport>('retry', 'second', '0');
  await waiting('second');
  assert.equal((await marquee('backfill', 'retry', 'second', '99')).code, 1);
  const { events } = await asJson<{ events: EventsSummary[] }>('list');
  assert.ok(events.some(({ id, state }) => id === begun.id && state === 'running'));
  await asJson<EventsReport>('cancel', 'second');
  await until(async () => (await asJson<EventsReport>('show', 'second')).state !== 'running', 30_000, 100);
  const { result } = await asJson<EventsReport>('show', begun.id);
  assert.equal(result?.outcome, 'cancelled');
  assert.match((await marquee('backfill', 'show', 'second')).out, /cancelled; nothing was changed/);
  assert.equal(await countries(), '20-59 SE');
});

test('an approved correction is laid over the lake and published, and says who approved it', async () => {
  await asJson<EventsReport>('start', 'approved', ...RANGE, '--detach');
  await waiting('approved');
  await asJson<EventsReport>('approve', 'approved', '--approver', 'operator-1');
  await until(async () => (await asJson<EventsReport>('show', 'approved')).state !== 'running', 60_000, 100);
  const { result } = await asJson<EventsReport>('show', 'approved');
  assert.deepEqual(
    [result?.outcome, result?.approval?.approver, result?.swapped],
    ['announced', 'operator-1', { replaced: 25, removed: 0, added: 0 }],
  );
  assert.equal(await countries(), '20-44 DE, 45-59 SE');
});

test('what follows from the events of a correction is looked at, and said anew, alone', async () => {
  // Nothing has brought the words of the correction into the lake.
  const dry = await asJson<EventsReport>('derive', 'approved', '--dry-run');
  assert.deepEqual([dry.result?.outcome, dry.result?.derived ?? null], ['dry-run', null]);
  const [foreseen] = dry.result!.diff!.derived!;
  assert.deepEqual([foreseen?.rule, foreseen?.profiles], ['attribution', 1]);
  assert.ok(foreseen!.added > 0);
  const { out } = await marquee('backfill', 'show', 'approved');
  assert.match(out, /a dry run; nothing was changed/);
  const again = await asJson<EventsReport>('derive', 'approved', '--approve', '--approver', 'operator-2');
  assert.deepEqual(
    [again.result?.outcome, again.result?.derived, again.result?.approval?.approver],
    ['derived', dry.result!.diff!.derived, 'operator-2'],
  );
  const told = await marquee('backfill', 'show', again.id);
  assert.match(told.out, /\d+ derived records said anew, approved by operator-2/);
  const nothing = await marquee('backfill', 'derive', 'second');
  assert.deepEqual([nothing.code, /no events over the lake/.test(nothing.talk)], [2, true], nothing.talk);
});

test('a bootstrap puts in what came before the first row of the lake, each once, and counts it', async () => {
  const put = await asJson<EventsReport>('start', 'from-the-start', '--reason', 'bootstrap', '--approve');
  assert.deepEqual(
    [put.result?.outcome, put.result?.counts.missing, put.result?.swapped],
    ['announced', FIRST, { replaced: 0, removed: 0, added: FIRST }],
  );
  assert.equal(await countries(), '00-44 DE, 45-59 SE');
  const { columns } = await lake.lake.read((connection) =>
    connection.query(
      `SELECT count(*) || ' ' || count(DISTINCT "offset") || ' ' || count(DISTINCT raw_offset) || ' ' ||
        count(*) FILTER (raw_offset <> 2 * "offset") AS told FROM ${lake.lake.reference('plays')}`,
    ),
  );
  assert.equal(columns['told']?.values[0], `${PLAYS} ${PLAYS} ${PLAYS} 0`);
  const { metrics, cut } = await views.readManifest(viewName('popularity'), put.result!.version!);
  assert.deepEqual([metrics['plays'], cut['plays']], [CUT, [CUT]]);
  // The sink goes on where it was.
  const next = await lake.lake.appendExactlyOnce('plays', [
    partitionRows('plays', 0, playStarts(PLAYS - 2, 3, TITLE), { from: PLAYS - 2 }),
  ]);
  assert.deepEqual([next.appended, next.skipped], [1, 2]);
  const again = await asJson<EventsReport>('start', 'once-more', '--reason', 'bootstrap', '--dry-run');
  assert.equal(again.result?.outcome, 'unchanged');
});

test('what the catalogue says now takes the place of what it said then, where that is asked for', async () => {
  const genres = async (): Promise<string> => {
    const { columns } = await lake.lake.read((connection) =>
      connection.query(
        `SELECT count(*) || ' of ' || count(DISTINCT genres) AS told FROM ${lake.lake.reference('plays')} WHERE genres IS NOT NULL`,
      ),
    );
    return String(columns['told']?.values[0]);
  };
  writeLines(source, films(3));
  assert.equal((await marquee('refresh', 'catalogue')).code, 0);
  const order = ['--from', minute(0), '--to', minute(45), '--title', TITLE, '--approve'];
  const recorded = await asJson<EventsReport>('start', 'as-recorded', ...order);
  assert.deepEqual([recorded.result?.outcome, await genres()], ['unchanged', '0 of 0']);
  const current = await asJson<EventsReport>('start', 'as-of-now', ...order, '--answers', 'current');
  assert.deepEqual(current.result?.plan?.lookups, { catalogue: 1 });
  assert.deepEqual(current.result?.swapped, { replaced: 45, removed: 0, added: 0 });
  assert.equal(await genres(), '45 of 1');
});
