/** `marquee lake …` on real servers, as a person or a script would use it: each verb says the same in a dry run, and changes nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '../../../domain/time.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { loadConfig } from '../../../infra/config.ts';
import { openLake, type OpenLake } from '../../../infra/connections.ts';
import type { TableStatistics } from '../../../infra/lake/care/statistics.ts';
import { silentLog } from '../../../infra/log.ts';
import { digestOf, LAKE_START, searchRows } from '../../support/lake-rows.ts';
import { testEnvironment } from '../../support/stack.ts';

const env = testEnvironment({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
const [FLUSHES, ROWS] = [4, 6];
let open: OpenLake;

before(async () => {
  open = await openLake(loadConfig(env), silentLog());
  await open.lake.ensureTables();
  for (let flush = 0; flush < FLUSHES; flush++) {
    const rows = searchRows(0, flush * ROWS, (flush + 1) * ROWS, (offset) => LAKE_START + offset * MINUTE_MS);
    await open.lake.appendExactlyOnce('searches', [rows]);
  }
  // The hour before is sealed by it.
  const [from, to] = [FLUSHES * ROWS, FLUSHES * ROWS + 1];
  await open.lake.appendExactlyOnce('searches', [searchRows(0, from, to, () => LAKE_START + DAY_MS)]);
});
after(() => open.close());

async function marquee(args: string): Promise<{ code: number; out: string; talk: string }> {
  let [out, talk] = ['', ''];
  const code = await runCommandLine(args.split(' '), {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (talk += text) },
    env,
  });
  return { code, out, talk };
}

async function asJson<T>(args: string): Promise<T> {
  const { code, out, talk } = await marquee(`lake ${args} --table searches --json`);
  assert.equal(code, 0, talk);
  assert.equal(out.trimEnd().split('\n').length, 1, 'one line of data');
  return JSON.parse(out) as T;
}

const filesNow = async (): Promise<number> => {
  const { tables } = await asJson<{ tables: readonly TableStatistics[] }>('stats');
  assert.deepEqual([tables.length, tables[0]!.table, tables[0]!.rows], [1, 'searches', FLUSHES * ROWS + 1]);
  return tables[0]!.dataFiles;
};

interface Compaction {
  readonly dryRun: boolean;
  readonly commits: readonly { readonly hours: number; readonly filesBefore: number }[];
}

test('small files of a sealed hour are told, left alone in a dry run, and made one; no row moves', async () => {
  const digest = await digestOf(open.lake, 'searches');
  assert.equal(await filesNow(), FLUSHES + 1);
  const dry = await asJson<Compaction>('compact --dry-run');
  assert.deepEqual(
    [dry.dryRun, dry.commits.map(({ hours, filesBefore }) => [hours, filesBefore])],
    [true, [[1, FLUSHES]]],
  );
  assert.equal(await filesNow(), FLUSHES + 1);
  const done = await asJson<Compaction>('compact');
  assert.deepEqual([done.dryRun, done.commits[0]?.hours], [false, 1]);
  assert.equal(await filesNow(), 2);
  assert.equal(await digestOf(open.lake, 'searches'), digest);
});

test('tags, expiry and orphans answer as one object, dry or not, and with nothing to do say so', async () => {
  for (const verb of ['tags', 'expire', 'orphans']) {
    const dry = await asJson<{ dryRun: boolean; tables: readonly unknown[] }>(`${verb} --dry-run`);
    const done = await asJson<typeof dry>(verb);
    assert.deepEqual([dry.dryRun, done.dryRun], [true, false], verb);
    assert.ok(Array.isArray(dry.tables) && Array.isArray(done.tables), verb);
  }
  const { out, talk } = await marquee('lake tags --table searches');
  assert.deepEqual([out, talk.trim()], ['', 'There is nothing to do.']);
});

test('a table that is none is refused with those that there are', async () => {
  const { code, talk } = await marquee('lake stats --table opera');
  assert.equal(code, 2);
  assert.match(talk, /Expected one of .*searches/);
});
