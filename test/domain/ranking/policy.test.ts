import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPolicySetting } from '../../../domain/ranking-policy.ts';
import { DEFAULT_RANKING_POLICY, readRankingPolicy } from '../../../domain/ranking/policy.ts';

test('the example is read, and what it does not say stays as it is', () => {
  const lines = readFileSync('examples/ranking-policy/policy.ndjson', 'utf8').trim().split('\n');
  const settings = lines.map((line) =>
    readPolicySetting(JSON.parse(line), (reason) => {
      throw new RangeError(reason);
    }),
  );
  const { policy, refused } = readRankingPolicy(settings, { version: 3 });
  assert.deepEqual(refused, []);
  assert.equal(policy.version, 3);
  assert.equal(policy.rows.trending.length, 15);
  assert.equal(policy.rows['top-picks'].model, 'als');
  assert.equal(policy.rows.billboard.length, 1);
  assert.equal(policy.rows.trending.taste, DEFAULT_RANKING_POLICY.rows.trending.taste);
});

test('a row goes before all rows, an arm before both, whatever the order', () => {
  const settings = [
    { rowId: '*', setting: 'taste', value: 2 },
    { rowId: 'trending', setting: 'taste', value: 3 },
    { rowId: 'trending@b', setting: 'taste', value: 4 },
    { rowId: '*@b', setting: 'seen', value: 0 },
    { rowId: 'page@b', setting: 'fold_in_plays', value: 7 },
  ];
  const otherwise = DEFAULT_RANKING_POLICY.rows.trending.seen;
  for (const said of [settings, settings.toReversed()]) {
    const { rows } = readRankingPolicy(said).policy;
    assert.deepEqual([rows.trending.taste, rows.popular.taste, rows.trending.seen], [3, 2, otherwise]);
    const ofArm = readRankingPolicy(said, { arm: 'b' }).policy;
    assert.deepEqual([ofArm.rows.trending.taste, ofArm.rows.trending.seen, ofArm.arm], [4, 0, 'b']);
    assert.equal(ofArm.page.fold_in_plays, 7);
    assert.deepEqual(readRankingPolicy(said, { arm: 'a' }).policy.rows, readRankingPolicy(said).policy.rows);
  }
});

test('what is not known is passed over; what cannot be is refused once, and its default kept', () => {
  const { policy, refused } = readRankingPolicy([
    { rowId: 'nowhere', setting: 'taste', value: 9 },
    { rowId: 'trending', setting: 'colour', value: 'red' },
    { rowId: 'trending', setting: 'taste', value: 'much' },
    { rowId: '*', setting: 'length', value: 2.5 },
    { rowId: 'popular', setting: 'length', value: 10 },
    { rowId: 'page', setting: 'recency_fade', value: 1.01 },
    { rowId: 'top-picks', setting: 'model', value: 1 },
  ]);
  assert.deepEqual(policy, {
    ...DEFAULT_RANKING_POLICY,
    rows: { ...DEFAULT_RANKING_POLICY.rows, popular: policy.rows.popular },
  });
  assert.equal(policy.rows.popular.length, 10);
  assert.deepEqual(refused.toSorted(), [
    'setting length of row * is 2.5, not a whole number from 1 to 1000',
    'setting model of row top-picks is 1, not the name of a model',
    'setting recency_fade of row page is 1.01, not a number from 0 to 1',
    'setting taste of row trending is "much", not a number from -100 to 100',
  ]);
});

test('what was not shown to help weighs nothing by default', () => {
  for (const row of Object.values(DEFAULT_RANKING_POLICY.rows)) assert.equal(row.context, 0);
  const {
    list_weight: listed,
    cluster_plays: clusters,
    genre_context: context,
  } = DEFAULT_RANKING_POLICY.page;
  assert.deepEqual([listed, clusters, context], [0, 0, 0]);
});
