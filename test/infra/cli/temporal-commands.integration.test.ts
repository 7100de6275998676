/** The commands that talk to Temporal, on real servers, as a person or a script would use them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BackfillReport } from '../../../domain/backfill.ts';
import type { PublishOutcome } from '../../../domain/publishing.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { startWorkerProcess } from '../../../infra/bin/worker-process.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { loadConfig } from '../../../infra/config.ts';
import { openLake, type OpenLake } from '../../../infra/connections.ts';
import { silentLog } from '../../../infra/log.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { playStarts } from '../../support/activity-world.ts';
import { LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { films, writeLines } from '../../support/side-inputs.ts';
import { testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-commands-'));
const source = join(dir, 'titles.ndjson');
const env = testEnvironment({
  MARQUEE_CATALOGUE_SOURCE: source,
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  TEMPORAL_CONNECT_TIMEOUT_MS: '10000',
});
const config = loadConfig(env);
const closers: (() => Promise<void> | void)[] = [];
let lake: OpenLake;

before(async () => {
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log: silentLog(), onClose, fail: assert.fail });
  lake = await openLake(config, silentLog());
});
after(async () => {
  const temporal = createTemporal(config.temporal);
  for (const name of SCHEDULES) await temporal.client.schedule.getHandle(`${config.region}:${name}`).delete();
  await temporal.close();
  await lake.close();
  for (const close of closers.toReversed()) await close();
  rmSync(dir, { recursive: true });
});

const SCHEDULES = [
  'refresh:popularity',
  'refresh:popularity:full',
  'train',
  'refresh:row-performance',
  'refresh:catalogue',
  'watch',
  'sweep',
  'lake-care',
  'reconcile',
];

interface Said {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

async function marquee(args: string, overrides: Record<string, string> = {}): Promise<Said> {
  let out = '';
  let talk = '';
  const code = await runCommandLine(args.split(' '), {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (talk += text) },
    env: { ...env, ...overrides },
  });
  return { code, out, talk };
}

async function asJson<T>(args: string): Promise<T> {
  const { code, out, talk } = await marquee(`${args} --json`);
  assert.equal(code, 0, talk);
  assert.equal(out.trimEnd().split('\n').length, 1, 'one line of data');
  return JSON.parse(out) as T;
}

const hour = (n: number): string => new Date((Math.floor(LOG_START / HOUR_MS) + n) * HOUR_MS).toISOString();
const RANGE = `--from ${hour(0)} --to ${hour(24)}`;

test('schedules are applied and listed: a view without a source has none', async () => {
  const declared = (change: string) => ({
    schedules: SCHEDULES.map((name) => ({ id: `${config.region}:${name}`, change })),
    undeclared: [],
  });
  assert.deepEqual(await asJson('schedules apply'), declared('created'));
  assert.deepEqual(await asJson('schedules apply'), declared('unchanged'));
  const { out } = await marquee('schedules list');
  assert.match(out, /refresh:popularity +every 600 s/);
  assert.match(out, /refresh:catalogue +every 300 s/);
  assert.match(out, /train +every 86400 s +overlap SKIP +made up for 86400 s .*Fold-in covers/);
});

test('a schedule is paused, stays so when applied, is triggered and resumed; one that is not there is an error', async () => {
  const stateOf = async (): Promise<boolean | undefined> => {
    const { schedules } = await asJson<{ schedules: { id: string; paused: boolean }[] }>('schedule list');
    return schedules.find(({ id }) => id === `${config.region}:refresh:catalogue`)?.paused;
  };
  assert.match((await marquee('schedule pause refresh:catalogue')).out, /refresh:catalogue is paused/);
  await marquee('schedule apply');
  await until(async () => (await stateOf()) === true, 20_000, 100);
  assert.match((await marquee('schedule resume refresh:catalogue')).out, /is resumed/);
  await until(async () => (await stateOf()) === false, 20_000, 100);
  const { code, talk } = await marquee('schedule trigger refresh:nothing');
  assert.deepEqual([code, talk.includes('There is no schedule')], [1, true]);
  // They keep to the clock: what one of them published in between would be none of what is asked for below.
  for (const name of SCHEDULES) assert.equal((await marquee(`schedule pause ${name}`)).code, 0);
});

test('models are trained when asked, and listed with their versions; what is not there is named', async () => {
  const { models } = await asJson<{ models: { model: string; outcome: string }[] }>('train popularity');
  assert.deepEqual(
    models.map(({ model, outcome }) => [model, outcome]),
    [['popularity', 'unchanged']],
  );
  const listed = await asJson<{ models: { model: string; view: string }[] }>('models');
  assert.ok(listed.models.some(({ model, view }) => model === 'als' && view === 'item-factors'));
  const { code, talk } = await marquee('train nothing');
  assert.deepEqual([code, talk.includes('there is no such model')], [1, true]);
});

test('the catalogue is refreshed from its source and shown with it; pages without a source say what to set', async () => {
  writeLines(source, films(3));
  assert.match(
    (await marquee('refresh catalogue')).out,
    /View catalogue is now at version 1 \(rows: entries 3\)/,
  );
  assert.match(
    (await marquee('refresh catalogue')).out,
    /View catalogue stays at version 1: nothing has changed/,
  );
  writeLines(source, ['garbage', ...films(3)]);
  const bad = await marquee('refresh catalogue');
  assert.deepEqual(
    [bad.code, /rejected by source-lines: 1 bad line: line 1: it is not JSON/.test(bad.out)],
    [1, true],
    bad.out,
  );
  const shown = (await marquee('views --view catalogue')).out.split('\n');
  assert.match(shown[0] ?? '', /^2 +rejected .*source-lines: 1 bad line/);
  assert.match(
    shown[1] ?? '',
    /^1 +announced current .*entries:3 .*from file:.*titles.ndjson +sha256 [0-9a-f]{12}/,
  );
  const unset = await marquee('refresh pages');
  assert.equal(unset.code, 1);
  assert.match(unset.talk, /View pages has no source: set MARQUEE_PAGES_SOURCE/);
  assert.match((await marquee('views --view pages')).talk, /run `marquee refresh pages`/);
  assert.equal((await marquee('refresh opera')).code, 2);
  const all = await marquee('views --all');
  assert.match(
    all.out,
    /^popularity +no version yet\ncatalogue +2 +rejected .*\ncatalogue +1 +announced current .*\npages +no version yet\nranking-policy +no version yet\nrow-performance +no version yet\nitem-factors +no version yet\n(?:[a-z-]+ +no version yet\n){5}$/,
  );
});

test('before the first event there is nothing to refresh, list or correct, and each command says so', async () => {
  assert.match((await marquee('refresh')).out, /nothing to count yet/);
  const views = await marquee('views');
  assert.deepEqual([views.code, views.out], [0, '']);
  const { code, out } = await marquee(`backfill ${RANGE} --dry-run`);
  assert.equal(code, 1);
  assert.match(out, /View popularity has no version/);
});

test('a refresh publishes a version, which views shows', async () => {
  await lake.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, playStarts(0, 40, 't1'))]);
  const outcome = await asJson<PublishOutcome>('refresh');
  assert.deepEqual([outcome.outcome, outcome.version], ['announced', 1]);
  const { versions } = await asJson<{ versions: { version: number; current: boolean; cut: unknown }[] }>(
    'views',
  );
  assert.deepEqual(
    versions.map(({ version, current, cut }) => ({ version, current, cut })),
    [{ version: 1, current: true, cut: { plays: [32], impressions: [0] } }],
  );
  assert.match((await marquee('views')).out, /^1 +announced current +parent -/);
  assert.match((await marquee('refresh --show')).out, /refresh:popularity:publish: completed/);
  assert.equal((await marquee('refresh --pause')).code, 1);
});

test('a backfill shows its difference, waits where nobody can be asked, and publishes when approved', async () => {
  await lake.lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.lake.reference('plays')} WHERE "offset" < 5`),
  );
  const dry = await marquee(`backfill ${RANGE} --dry-run`);
  assert.equal(dry.code, 0);
  assert.match(dry.out, /plays +32 +27 +-5/);
  assert.match(dry.out, /nothing was published/);
  const waiting = await asJson<BackfillReport>(`backfill ${RANGE}`);
  assert.equal(waiting.progress?.phase, 'waiting');
  const second = await marquee(`backfill ${RANGE} --dry-run`);
  assert.equal(second.code, 1);
  assert.ok(second.talk.includes(waiting.id), second.talk);
  const cancelled = await marquee(`backfill cancel ${waiting.id}`);
  assert.deepEqual([cancelled.code, /was cancelled/.test(cancelled.out)], [0, true], cancelled.out);
  const done = await marquee(`backfill ${RANGE} --approve --approver somebody`);
  assert.equal(done.code, 0, done.talk);
  assert.match(done.out, /approved by somebody, is published as version 2/);
  const again = await asJson<BackfillReport>(`backfill ${RANGE} --approve`);
  assert.equal(again.result?.outcome, 'unchanged');
  assert.match((await marquee(`backfill show ${again.id}`)).out, /says already what the lake says/);
});

test('bad arguments end with 2, unknown backfills with 1, and a missing Temporal with 4', async () => {
  assert.equal((await marquee('backfill --from 2026-01-01T00:00:00Z')).code, 2);
  assert.equal((await marquee('backfill --from yesterday --to today')).code, 2);
  assert.equal((await marquee(`backfill ${RANGE} --view Wrong!`)).code, 2);
  assert.equal((await marquee('backfill show popularity.none')).code, 1);
  const gone = await marquee('refresh', {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_CONNECT_TIMEOUT_MS: '500',
  });
  assert.equal(gone.code, 4);
  assert.match(gone.talk, /Temporal did not answer/);
});
