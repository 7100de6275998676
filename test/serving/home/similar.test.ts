import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CatalogueEntry } from '../../../domain/catalogue.ts';
import { country, titleId } from '../../../domain/ids.ts';
import { DEFAULT_RANKING_POLICY } from '../../../domain/ranking/policy.ts';
import type { RankRequest } from '../../../domain/ranking/request.ts';
import type { ServedRow } from '../../../domain/served-rows.ts';
import { BUCKET_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { silentLog } from '../../../infra/log.ts';
import { indexCatalogue } from '../../../serving/catalogue.ts';
import type { Asked, PageRequest } from '../../../serving/home/page.ts';
import { similarAnswer } from '../../../serving/home/schemas.ts';
import { similarRow } from '../../../serving/home/similar.ts';
import type { Library } from '../../../serving/library/library.ts';
import { numberTitles } from '../../../serving/library/titles.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, entry, NOW, type ServingBench } from '../../support/serving.ts';
import { CATALOGUE, countsAt, publishModels, TITLE_IDS } from '../../support/tastes.ts';

const CUT = { plays: [0, 0], impressions: [0, 0] };
const AS_OF = new Date(NOW).toISOString();
const HERE = [{ from: null, to: null }];
/** Nothing is known of these titles but how often they were played; `gone` may be shown nowhere, `se` in Sweden. */
const ALONE: readonly CatalogueEntry[] = [
  ...['a', 'b', 'c', 'd'].map((id) => entry(id)),
  entry('gone', { availability: {} }),
  entry('se', { availability: { SE: HERE } }),
];
const PLAYS = { a: 50, b: 10, c: 30, gone: 90, se: 80 };

interface Open {
  readonly bench: ServingBench;
  readonly served: ServedRow[];
  ask(path: string): Promise<ReturnType<typeof similarAnswer.parse> & { header: string }>;
}

async function open(
  t: TestContext,
  catalogue: readonly CatalogueEntry[],
  publish: (bench: ServingBench) => Promise<void>,
  share = '1',
): Promise<Open> {
  const bench = await createServingBench(t, catalogue);
  await publish(bench);
  const served: ServedRow[] = [];
  await bench.start({
    served: { note: (row) => void served.push(row) },
    settings: { anonymousServedShare: share },
  });
  return {
    ...{ bench, served },
    async ask(path) {
      const response = await bench.fetch(`/v1/titles/${path}`);
      assert.equal(response.status, 200);
      const header = response.headers.get('marquee-source') ?? '';
      return { ...similarAnswer.strict().parse(await response.json()), header };
    },
  };
}

const publishPlays = async ({ repository }: ServingBench): Promise<void> => {
  const rows = Object.entries(PLAYS).map(([title, plays]) => ({
    ...{ title, country: 'US', bucket: Math.floor(NOW / BUCKET_MS) - 1, plays, impressions: 1000 },
  }));
  await publishPopularity(repository, { blockSize: BLOCK_SIZE, cut: CUT, asOf: AS_OF, rows });
};

const idsOf = ({ items }: { items: readonly { titleId: string }[] }): string[] =>
  items.map((item) => item.titleId);
const inputsOf = ({ inputs }: { inputs: readonly { input: string }[] }): string[] =>
  inputs.map(({ input }) => input);

test('what is alike says which models it is of, and what was shown is kept', async (t) => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const { ask, served } = await open(t, CATALOGUE, async ({ repository }) => {
    const rows = countsAt(NOW);
    await publishPopularity(repository, { blockSize: BLOCK_SIZE, cut: CUT, asOf: AS_OF, rows });
    await publishModels(repository, duckdb);
  });
  const title = TITLE_IDS[0]!;
  const answer = await ask(`${title}/similar?country=US&limit=6`);
  assert.deepEqual([answer.source, answer.fallbackReason], ['batch', null]);
  assert.deepEqual(inputsOf(answer), ['neighbours', 'item-factors', 'country']);
  assert.deepEqual([answer.views['neighbours'], answer.views['popularity']], [1, 1]);
  assert.deepEqual(
    [answer.counts.viewVersion, answer.counts.cut, answer.counts.watermark, answer.counts.cutAgeMs],
    [1, CUT, CUT, 0],
  );
  assert.match(answer.header, /^batch; personal=none; complete=1; .*popularity=1; .*neighbours=1/);
  assert.deepEqual(served, [
    {
      ...{ recommendationId: answer.recommendationId, row: `similar:${title}`, time: NOW, source: 'batch' },
      ...{ titleIds: idsOf(answer), country: 'US', viewVersion: 1 },
    },
  ]);
  assert.equal(answer.row, `similar:${title}`);
});

test('where nothing is like a title, what is popular stands there, without the title and what may not be shown', async (t) => {
  const { ask, served } = await open(t, ALONE, publishPlays);
  const answer = await ask('a/similar?country=US');
  assert.deepEqual(idsOf(answer), ['c', 'b', 'd']);
  assert.equal(answer.source, 'fallback');
  assert.match(answer.fallbackReason ?? '', /nothing is like the title: popular/);
  assert.deepEqual(inputsOf(answer), ['popularity', 'speed-view', 'country']);
  assert.match(answer.header, /^fallback; personal=none; complete=1; popularity=1/);
  assert.deepEqual(
    served.map(({ titleIds, source }) => [titleIds, source]),
    [[idsOf(answer), 'fallback']],
  );
  assert.deepEqual(idsOf(await ask('c/similar?country=SE')), ['a', 'b', 'd', 'se']);
  assert.deepEqual(idsOf(await ask('gone/similar?limit=1')), ['se']);
});

test('where nothing was counted either, the catalogue stands there', async (t) => {
  const { ask } = await open(t, ALONE, () => Promise.resolve());
  const answer = await ask('b/similar?country=US');
  assert.deepEqual(idsOf(answer).sort(), ['a', 'c', 'd']);
  assert.deepEqual([answer.source, answer.counts.viewVersion], ['fallback', null]);
});

test('a title that is alone is like nothing: the answer says so', async (t) => {
  const { ask, served } = await open(t, [entry('a')], () => Promise.resolve());
  const answer = await ask('a/similar');
  assert.deepEqual([answer.items, answer.source], [[], 'fallback']);
  assert.deepEqual(served, []);
});

test('of what is asked for ahead a share is kept', async (t) => {
  const { ask, served } = await open(t, ALONE, publishPlays, '0');
  await ask('a/similar?purpose=prefetch');
  assert.deepEqual(served, []);
  await ask('a/similar');
  assert.equal(served.length, 1);
});

test('where nothing can be ranked, the catalogue stands in its order, without the title', async () => {
  const titles = await numberTitles(indexCatalogue(new Map(ALONE.map((one) => [one.titleId, one]))));
  const broken = (): never => {
    throw new Error('nothing can be ranked');
  };
  const library = { titles, ranker: { similar: broken, row: broken } } as unknown as Library;
  const rank = {
    context: { available: titles.availability.at(NOW, country('US')) },
    limit: 10,
    policy: DEFAULT_RANKING_POLICY,
  } as unknown as RankRequest;
  const number = titles.numberOf(titleId('b'));
  const row = similarRow(library, {} as PageRequest, { rank } as Asked, number, silentLog());
  assert.deepEqual(
    Array.from(row.list.titles, (title) => titles.ids[title]),
    ['a', 'c', 'd'],
  );
  assert.deepEqual([row.step, row.source], ['catalogue', 'fallback']);
});
