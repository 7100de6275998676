/** Rows made ahead in a real Cassandra: published, served by key over HTTP, and gone with their version. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ModelTable } from '../../../batch/models/model.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { ViewVersion } from '../../../domain/views.ts';
import { openKeyedViews } from '../../../infra/cassandra/open-versions.ts';
import { openObjectStore } from '../../../infra/connections.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { createRetention } from '../../../infra/hermes/retention.ts';
import { silentLog } from '../../../infra/log.ts';
import { PROFILE_ROWS_VIEW } from '../../../infra/views/profile-rows.ts';
import { homeAnswer, type HomeAnswer } from '../../../serving/home/schemas.ts';
import { startServing } from '../../../serving/process.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { publishTables } from '../../support/model-views.ts';
import { testConfig } from '../../support/stack.ts';
import { CATALOGUE, TITLE_IDS } from '../../support/tastes.ts';
import { until } from '../../support/until.ts';

const LONGEST_MS = 60_000;
const TITLES = 5;

const server = await useCassandra();
const dir = mkdtempSync(join(tmpdir(), 'marquee-rows-by-key-'));
const config = testConfig({
  ...server.environment,
  ...{ MARQUEE_DATA_DIR: dir, PROFILE_ROWS_STORE: 'cassandra', CASSANDRA_REQUEST_TIMEOUT_MS: '10000' },
  ...{ SERVING_POLL_INTERVAL_MS: '200', SERVING_HOME_PROFILE_DEADLINE_MS: '2000' },
});
const store = openObjectStore(config);
const views = createViewRepository({ store, region: config.region });
const closers: (() => Promise<unknown> | void)[] = [];
let duckdb: DuckDb;
let keyed: ReturnType<typeof openKeyedViews>;

before(async () => {
  await store.ensureBucket();
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  keyed = openKeyedViews(config, { duckdb, scratchDir: dir });
});
after(async () => {
  for (const close of closers.toReversed()) await close();
  await keyed.close();
  await duckdb.close();
  store.close();
  rmSync(dir, { recursive: true });
});

/** Of each profile some titles in turn, from one on. */
function rowsFrom(first: number): ModelTable {
  const each = ['p1', 'p2'].flatMap((profile, nth) =>
    Array.from({ length: TITLES }, (_, rank) => ({
      profile,
      rank,
      title: TITLE_IDS[first + 10 * nth + rank]!,
    })),
  );
  return {
    ...{ name: 'rows-00000', rows: each.length },
    columns: {
      profile_id: { type: 'VARCHAR', values: each.map(({ profile }) => profile) },
      row: { type: 'VARCHAR', values: each.map(() => 'top-picks') },
      rank: { type: 'INTEGER', values: Int32Array.from(each, ({ rank }) => rank + 1) },
      title_id: { type: 'VARCHAR', values: each.map(({ title }) => title) },
      score: { type: 'FLOAT', values: Float32Array.from(each, ({ rank }) => 1 / (rank + 1)) },
    },
  };
}

const publish = (first: number): Promise<ViewVersion> =>
  publishTables(views, duckdb, PROFILE_ROWS_VIEW, [rowsFrom(first)], { region: config.region });

/** As the ladder does, before it announces. */
async function keepRows(version: ViewVersion): Promise<void> {
  const stored = await views.fetchManifest(PROFILE_ROWS_VIEW, version);
  await keyed.versions[PROFILE_ROWS_VIEW]!.put(stored, (part) =>
    views.readPart(PROFILE_ROWS_VIEW, version, part),
  );
}

async function start(): Promise<(profile: string) => Promise<HomeAnswer>> {
  await writeFile(join(dir, 'catalogue.ndjson'), CATALOGUE.map((entry) => JSON.stringify(entry)).join('\n'));
  const url = await startServing({
    config,
    log: silentLog(),
    onClose: (close) => void closers.push(close),
    fail: (error) => {
      throw error;
    },
  });
  return async (profile) => {
    const response = await fetch(`${url}/v1/profiles/${profile}/home?country=US&limit=${TITLES}`);
    return homeAnswer.strict().parse(await response.json());
  };
}

const picksOf = ({ rows }: HomeAnswer): readonly string[] | undefined =>
  rows.find(({ kind }) => kind === 'top-picks')?.items.map(({ titleId }) => titleId);

test('pages show rows that are asked for by key, follow the next version once its rows are there, and outlast Cassandra', async () => {
  await keepRows(await publish(0));
  const home = await start();
  await until(async () => (await home('p1')).views['profile-rows'] === 1, LONGEST_MS);
  const page = await home('p1');
  assert.equal(page.personal.mode, 'offline');
  assert.deepEqual(picksOf(page), TITLE_IDS.slice(0, TITLES));
  assert.deepEqual(picksOf(await home('p2')), TITLE_IDS.slice(10, 10 + TITLES));
  assert.equal((await home('nobody')).personal.mode, 'none');
  const local = await readdir(dir, { recursive: true });
  assert.deepEqual(
    local.filter((path) => path.includes('profile-rows') && path.endsWith('.parquet')),
    [],
  );

  // Announced before its rows were there: nobody can serve it.
  const second = await publish(20);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await home('p1')).views['profile-rows'], 1);
  assert.deepEqual(picksOf(await home('p1')), TITLE_IDS.slice(0, TITLES));
  await keepRows(second);
  await until(async () => (await home('p1')).views['profile-rows'] === 2, LONGEST_MS);
  assert.deepEqual(picksOf(await home('p1')), TITLE_IDS.slice(20, 20 + TITLES));

  server.pause();
  try {
    // Until the last of its threads stands still it may answer once more.
    await until(async () => (await home('p1')).personal.mode === 'none', LONGEST_MS);
    assert.ok((await home('p1')).rows.length > 0);
  } finally {
    server.resume();
  }
  await until(async () => (await home('p1')).personal.mode === 'offline', LONGEST_MS);
});

test('rows go with the versions that are no longer kept', async () => {
  const place = keyed.versions[PROFILE_ROWS_VIEW]!;
  const retention = createRetention({
    ...{ store, region: config.region, views, rules: { keep: 0 } },
    elsewhere: keyed.versions,
  });
  await keepRows(await publish(30));
  assert.deepEqual(await place.versions(PROFILE_ROWS_VIEW), [3, 2, 1]);
  // The version before the current one stays.
  assert.deepEqual((await retention.expire(PROFILE_ROWS_VIEW)).versions, [1]);
  assert.deepEqual(await place.versions(PROFILE_ROWS_VIEW), [3, 2]);
  await assert.rejects(place.open(PROFILE_ROWS_VIEW, 1 as ViewVersion), (error: unknown) =>
    isMarqueeError(error, 'VIEW_NOT_FOUND'),
  );
});
