import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { RANKING_POLICY_VIEW, type PolicySetting } from '../../../domain/ranking-policy.ts';
import type { ServedRow } from '../../../domain/served-rows.ts';
import { BUCKET_MS, HOUR_MS } from '../../../domain/time.ts';
import { rowAnswer } from '../../../serving/api/schemas.ts';
import { pageRowAnswer } from '../../../serving/home/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, entry, NOW, type ServingBench } from '../../support/serving.ts';
import { publishPolicy } from '../../support/side-views.ts';
import { until } from '../../support/until.ts';

const CATALOGUE = ['a', 'b', 'c'].map((id) => entry(id, { launchTime: NOW - HOUR_MS }));
const PLAYS = { a: 40, b: 10 };
const LOCAL = region('local');

const publishPlays = (bench: ServingBench, age = 0): Promise<unknown> =>
  publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    asOf: new Date(NOW).toISOString(),
    rows: Object.entries(PLAYS).map(([title, plays]) => ({
      ...{ title, country: 'US', bucket: Math.floor(NOW / BUCKET_MS) - 1 - age, plays, impressions: 1000 },
    })),
  });

const least = (value: number): PolicySetting => ({ rowId: 'trending', setting: 'minimum_plays', value });

async function row(bench: ServingBench, path: string) {
  const response = await bench.fetch(`/v1/rows/${path}`);
  const { items, inputs, ...rest } = rowAnswer.strict().parse(await response.json());
  return {
    ...rest,
    ids: items.map(({ titleId }) => titleId),
    inputs: inputs.map(({ input }) => input),
    header: response.headers.get('marquee-source'),
  };
}

test('rows of what was counted say what they were made of, as other rows do', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPlays(bench);
  await publishPolicy(bench.repository, [least(3)], LOCAL);
  await bench.start();
  await until(async () => (await row(bench, 'trending')).views[RANKING_POLICY_VIEW] === 1);
  const trending = await row(bench, 'trending?country=US');
  assert.deepEqual(trending.inputs, ['popularity', 'speed-view', 'ranking-policy', 'country']);
  const popular = await row(bench, 'popular');
  assert.deepEqual(popular.inputs, ['popularity', 'speed-view']);
  const { views } = pageRowAnswer.parse((await bench.get('/v1/rows/new-releases')).body);
  assert.deepEqual([trending.views, popular.views], [views, views]);
  const other = (await bench.fetch('/v1/rows/new-releases')).headers.get('marquee-source');
  assert.match(other ?? '', /^merged; personal=none; complete=1; popularity=1; ranking-policy=1$/);
  assert.deepEqual([trending.header, popular.header], [other, other]);
});

test('a row in the place of another is made of what it shows', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPlays(bench, 100);
  await publishPolicy(bench.repository, [least(3)], LOCAL);
  await bench.start();
  await until(async () => (await row(bench, 'trending')).views[RANKING_POLICY_VIEW] === 1);
  const instead = await row(bench, 'trending');
  assert.deepEqual(
    [instead.ids, instead.inputs],
    [
      ['a', 'b'],
      ['popularity', 'speed-view'],
    ],
  );
  assert.match(instead.header ?? '', /^fallback; personal=none; complete=1; popularity=1/);
  const nowhere = await row(bench, 'popular?country=SE');
  assert.deepEqual([nowhere.ids, nowhere.inputs], [['a', 'b', 'c'], ['country']]);
});

test('hour and device are checked as for other rows, and what these rows do not know is refused by name', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  for (const [query, field] of [
    ['hour=99', 'hour'],
    ['hour=5&hour=6', 'hour'],
    ['device=%2F..', 'device'],
    ['purpose=sale', 'purpose'],
    ['cursor=zzz', 'cursor'],
    ['explain=true', 'explain'],
    ['rows=2', 'rows'],
    ['limit=3&Country=US', 'Country'],
    ['__proto__=1', '__proto__'],
  ] as const)
    for (const name of ['trending', 'popular']) {
      const { status, body } = await bench.get(`/v1/rows/${name}?${query}`);
      assert.deepEqual([status, body['code'], body['field']], [400, 'REQUEST_INVALID', field], query);
    }
  const { body } = await bench.get('/v1/rows/popular?window=1h');
  assert.equal(
    body['message'],
    'Parameter window is "1h", expected nothing: there is no such parameter here',
  );
  const long = await bench.get(`/v1/rows/popular?${'x'.repeat(2000)}=1`);
  assert.equal(String(long.body['field']).length, 100);
  for (const query of ['hour=23&device=tv&limit=2&country=US', 'purpose=prefetch'])
    for (const name of ['trending', 'popular', 'new-releases'])
      assert.equal((await bench.get(`/v1/rows/${name}?${query}`)).status, 200, query);
});

test('of rows that nobody looks at yet a share is kept', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const kept: ServedRow[] = [];
  await bench.start({
    served: { note: (one) => void kept.push(one) },
    settings: { anonymousServedShare: '0' },
  });
  await row(bench, 'popular?purpose=prefetch');
  await bench.fetch('/v1/rows/popular', { headers: { 'sec-purpose': 'prefetch' } });
  assert.deepEqual(kept, []);
  const shown = await row(bench, 'popular');
  assert.deepEqual(
    kept.map(({ recommendationId }) => recommendationId),
    [shown.recommendationId],
  );
});

test('the published policy says how many plays a title needs to trend, for everybody; else the configuration', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPlays(bench);
  await bench.start({ settings: { trendingMinPlays: '20', pollIntervalMs: '50', rankingTtlMs: '60000' } });
  const both = async (): Promise<readonly (readonly string[])[]> => {
    const { ids } = await row(bench, 'trending?country=US');
    const page = await bench.get('/v1/profiles/p/rows/trending?country=US');
    return [ids, pageRowAnswer.parse(page.body).row.items.map(({ titleId }) => titleId)];
  };
  assert.deepEqual(await both(), [['a'], ['a']]);
  await publishPolicy(bench.repository, [least(2)], LOCAL);
  await until(async () => (await row(bench, 'trending')).views[RANKING_POLICY_VIEW] === 1);
  assert.deepEqual(
    (await both()).map((ids) => ids.toSorted()),
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  );
});
