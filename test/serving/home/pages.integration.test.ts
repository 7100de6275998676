import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openObjectStore } from '../../../infra/connections.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { silentLog } from '../../../infra/log.ts';
import { homeAnswer, type HomeAnswer } from '../../../serving/home/schemas.ts';
import { startServing } from '../../../serving/process.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { testConfig } from '../../support/stack.ts';
import { CATALOGUE, countsAt, interactions, publishModels } from '../../support/tastes.ts';
import { until } from '../../support/until.ts';

const BLOCK_SIZE = 16;
/** On a machine that does much else. */
const LONGEST_MS = 60_000;
const SHAPE = { MARQUEE_PARTITIONS: '2', MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE) };

const closers: (() => Promise<unknown> | void)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

/** A serving process with a disk of its own. */
async function start(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-pages-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'catalogue.ndjson'), CATALOGUE.map((entry) => JSON.stringify(entry)).join('\n'));
  return startServing({
    config: testConfig({ ...SHAPE, MARQUEE_DATA_DIR: dir, SERVING_POLL_INTERVAL_MS: '200' }),
    log: silentLog(),
    onClose: (close) => void closers.push(close),
    fail: (error) => {
      throw error;
    },
  });
}

const home = async (url: string, profile: string): Promise<HomeAnswer> => {
  const response = await fetch(`${url}/v1/profiles/${profile}/home?country=US&hour=20&limit=10`);
  return homeAnswer.strict().parse(await response.json());
};

/** What two machines must say alike. */
const rowsOf = ({ rows }: HomeAnswer): unknown =>
  rows.map(({ row, source, items }) => ({ row, source, items: items.map(({ titleId }) => titleId) }));

test('two serving processes without a shared disk show the same pages, of models that came over the store', async () => {
  const config = testConfig(SHAPE);
  const store = openObjectStore(config);
  closers.push(() => store.close());
  await store.ensureBucket();
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  closers.push(() => duckdb.close());
  const repository = createViewRepository({ store, region: config.region });
  await publishPopularity(repository, {
    ...{ region: config.region, blockSize: BLOCK_SIZE, rows: countsAt(Date.now()) },
    cut: { plays: [0, 0], impressions: [0, 0] },
    asOf: new Date().toISOString(),
  });
  await publishModels(repository, duckdb, { region: config.region });
  const [one, other] = await Promise.all([start(), start()]);
  const [first, second] = [interactions.profiles[0]!, interactions.profiles[1]!];
  await until(async () => {
    const pages = await Promise.all([one, other].map((url) => home(url, first)));
    return pages.every(
      ({ views, counts }) =>
        ['profile-rows', 'item-factors', 'neighbours', 'clusters'].every((view) => views[view] === 1) &&
        counts.source === 'merged',
    );
  }, LONGEST_MS);
  const pages = await Promise.all([one, other].map((url) => home(url, first)));
  assert.deepEqual(rowsOf(pages[0]!), rowsOf(pages[1]!));
  assert.equal(pages[0]!.personal.mode, 'offline');
  // Nothing is stored of either, but rows were made ahead for both, of two tastes.
  const picks = ({ rows }: HomeAnswer): unknown => rows.find(({ kind }) => kind === 'top-picks')?.items;
  assert.notDeepEqual(picks(pages[0]!), picks(await home(one, second)));
  // A page begun on one machine goes on at the other.
  const next = await fetch(
    `${other}/v1/profiles/${first}/home?country=US&limit=10&cursor=${pages[0]!.cursor}`,
  );
  const more = homeAnswer.strict().parse(await next.json());
  const shown = [...pages[0]!.rows, ...more.rows].flatMap(({ items }) => items.map(({ titleId }) => titleId));
  assert.equal(new Set(shown).size, shown.length);
});
