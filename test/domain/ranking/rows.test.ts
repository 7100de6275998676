import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextLifts } from '../../../domain/ranking/context.ts';
import { readRankingPolicy } from '../../../domain/ranking/policy.ts';
import { createRanker } from '../../../domain/ranking/ranker.ts';
import type { RankRequest } from '../../../domain/ranking/request.ts';
import { readRowName, rowName } from '../../../domain/ranking/row-name.ts';
import type { RankingModels } from '../../../domain/ranking/types.ts';
import { takeRate } from '../../../domain/take-rate.ts';
import { DAY_MS } from '../../../domain/time.ts';
import {
  allOf,
  listOf,
  models,
  NOW,
  profileOf,
  requestOf,
  setOf,
  sharedLists,
  titleTable,
  watched,
} from './fixture.ts';

const COUNT = 120;
const titles = titleTable(COUNT);
const ranker = createRanker({ titles, models: models(COUNT) });
const NO_MODELS: RankingModels = { factors: null, neighbours: null, clusters: null };

test('1 of 2 never outranks 50 of 100, however much is explored', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('new-releases' as const, 'recently-added' as const),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.double({ min: 0.1, max: 500, noNaN: true }),
      (row, exploration, mean, strength) => {
        const prior = { mean, strength };
        const lists = {
          ...sharedLists(COUNT),
          takeRates: new Float32Array(COUNT).fill(takeRate({ plays: 3, impressions: 100 }, prior)),
          impressions: new Float32Array(COUNT).fill(100),
          takeRatePrior: prior,
        };
        const [little, much] = [24, 23];
        lists.takeRates[little] = takeRate({ plays: 1, impressions: 2 }, prior);
        lists.impressions[little] = 2;
        lists.takeRates[much] = takeRate({ plays: 50, impressions: 100 }, prior);
        const settings = [
          { rowId: row, setting: 'exploration', value: exploration },
          { rowId: row, setting: 'window_days', value: 0 },
          { rowId: row, setting: 'length', value: 200 },
          { rowId: row, setting: 'candidates', value: 200 },
          { rowId: row, setting: 'freshness', value: 0 },
          { rowId: '*', setting: 'diversity', value: 0 },
        ];
        const { policy } = readRankingPolicy(settings);
        assert.equal(policy.rows[row].freshness, 0);
        const order = [...ranker.row(requestOf(COUNT, { lists, policy, limit: 200 }), row).titles];
        const [place, other] = [order.indexOf(much), order.indexOf(little)];
        assert.ok(place >= 0 && place < other, `50 of 100 at ${place}, 1 of 2 at ${other}`);
      },
    ),
  );
});

test('a title that was hardly shown comes first among equals, until it was shown', () => {
  const placeAfter = (impressions: number): number => {
    const lists = { ...sharedLists(COUNT), takeRates: new Float32Array(COUNT).fill(0.05) };
    lists.impressions.fill(5000);
    lists.impressions[30] = impressions;
    const { policy } = readRankingPolicy([
      { rowId: '*', setting: 'freshness', value: 0 },
      { rowId: '*', setting: 'diversity', value: 0 },
    ]);
    return ranker.row(requestOf(COUNT, { lists, policy, limit: 100 }), 'new-releases').titles.indexOf(30);
  };
  assert.equal(placeAfter(0), 0);
  assert.notEqual(placeAfter(6000), 0);
});

test('new releases are launched and not of the future, the freshest first where nothing else tells them apart', () => {
  const now = NOW - 10 * DAY_MS;
  const settings = [
    { rowId: '*', setting: 'take_rate', value: 0 },
    { rowId: '*', setting: 'diversity', value: 0 },
    { rowId: 'new-releases', setting: 'window_days', value: 30 },
  ];
  const request = requestOf(COUNT, { policy: readRankingPolicy(settings).policy, limit: 100 });
  const row = ranker.row({ ...request, context: { ...request.context, now } }, 'new-releases');
  const wanted = [...Array(COUNT).keys()].filter(
    (title) => title >= 10 && title <= 40 && Number.isFinite(titles.launchedAt[title]),
  );
  assert.deepEqual([...row.titles], wanted);
});

test('a row of a genre is of that genre, and chosen by what was watched', () => {
  const profile = profileOf(COUNT, { watched: [1, 7, 13].map((title) => watched(title)) });
  const request = requestOf(COUNT, { profile });
  const row = ranker.row(request, 'genre');
  const genresOf = (title: number): number[] => [
    ...titles.genreOf.subarray(titles.genreStarts[title], titles.genreStarts[title + 1]),
  ];
  assert.equal(row.subject, genresOf(1)[0]);
  assert.ok(row.titles.length > 0 && row.titles.every((title) => genresOf(title).includes(row.subject)));
  const horror = ranker.row(requestOf(COUNT), 'genre', 3);
  assert.ok(horror.titles.length > 0 && horror.titles.every((title) => genresOf(title).includes(3)));
});

test('the hour chooses genres as far as the policy goes, and orders titles likewise', () => {
  const everywhere = [10, 10, 10, 10, 10, 10];
  const genreLifts = contextLifts([1, 1, 1, 40, 1, 1], everywhere, 5);
  assert.ok(genreLifts[3]! > 0 && genreLifts[0]! < 0);
  assert.deepEqual([...contextLifts([0, 0], [0, 0], 5)], [0, 0]);
  const evening = { ...requestOf(COUNT).context, genreLifts };
  const rowOf = (settings: { rowId: string; setting: string; value: number }[]) =>
    ranker.row(requestOf(COUNT, { context: evening, policy: readRankingPolicy(settings).policy }), 'genre');
  assert.notEqual(rowOf([]).subject, 3);
  assert.equal(rowOf([{ rowId: 'page', setting: 'genre_context', value: 1 }]).subject, 3);
  const trending = (context: number): readonly number[] => {
    const { policy } = readRankingPolicy([{ rowId: 'trending', setting: 'context', value: context }]);
    return [...ranker.row(requestOf(COUNT, { context: evening, policy }), 'trending').titles];
  };
  assert.notDeepEqual(trending(5), trending(0));
});

test('without factors there are clusters, then neighbours, then genres, and with nothing no picks', () => {
  const { factors, neighbours } = models(COUNT);
  const list = listOf([...Array(40).keys()].map((rank) => [2 * rank + 1, 40 - rank] as const));
  const clusters = {
    centres: factors!.values.slice(0, 2 * factors!.width),
    width: factors!.width,
    lists: [list, list],
    factors: factors!,
  };
  const profile = profileOf(COUNT, { watched: [watched(1), watched(3)] });
  const picks = (of: RankingModels, request: Partial<RankRequest> = {}) =>
    createRanker({ titles, models: of }).explainRow(requestOf(COUNT, { profile, ...request }), 'top-picks');
  const sourceOf = (of: RankingModels): readonly [string, boolean] => {
    const { tasteSource, row } = picks(of);
    return [tasteSource, row.titles.length > 4];
  };
  assert.deepEqual(sourceOf({ factors, neighbours, clusters }), ['factors', true]);
  assert.deepEqual(sourceOf({ factors: null, neighbours, clusters }), ['clusters', true]);
  assert.deepEqual(sourceOf({ factors: null, neighbours, clusters: null }), ['neighbours', true]);
  assert.deepEqual(sourceOf(NO_MODELS), ['genres', true]);
  assert.equal(picks(NO_MODELS, { profile: null }).row.titles.length, 0);
  const { policy } = readRankingPolicy([{ rowId: 'page', setting: 'cluster_plays', value: 2 }]);
  assert.equal(picks({ factors, neighbours, clusters }, { policy }).tasteSource, 'clusters');
  assert.equal(picks({ factors, neighbours, clusters }, { policy }).row.titles[0], 5);
});

test('diversity takes turns between genres, and costs nothing where it is 0', () => {
  const rowOf = (diversity: number): readonly number[] => {
    const { policy } = readRankingPolicy([{ rowId: 'popular', setting: 'diversity', value: diversity }]);
    return [...ranker.row(requestOf(COUNT, { policy, limit: 10 }), 'popular').titles];
  };
  assert.deepEqual(rowOf(0), [...Array(10).keys()]);
  const genres = (row: readonly number[]): number =>
    row.filter((title) => titles.genreOf[titles.genreStarts[title]!] === 0).length;
  assert.notDeepEqual(rowOf(10), rowOf(0));
  assert.ok(genres(rowOf(10)) <= genres(rowOf(0)));
});

test('similar titles are neighbours first, then by factors, then by genre, and never the title itself', () => {
  const request = requestOf(COUNT, { limit: 40 });
  const all = ranker.similar(request, 2);
  assert.deepEqual([...all.titles.subarray(0, 10)], [4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  assert.ok(all.scores[9]! >= 2 && all.scores[10]! < 2 && all.scores[10]! >= 1);
  assert.equal(new Set(all.titles).size, 40);
  assert.ok(!all.titles.includes(2));
  const plain = createRanker({ titles, models: NO_MODELS }).similar(request, 2);
  assert.ok(plain.titles.length > 0 && plain.scores.every((score) => score < 1));
  const few = ranker.similar(
    { ...request, context: { ...request.context, available: setOf(COUNT, [2, 9]) } },
    2,
  );
  assert.deepEqual([...few.titles], [9]);
  assert.equal(ranker.similar(request, COUNT).titles.length, 0);
  assert.equal(ranker.similar(request, -1).titles.length, 0);
});

test('a row has a name, and the name is read back', () => {
  for (const ref of [
    { kind: 'trending', subject: -1 },
    { kind: 'genre', subject: 5 },
    { kind: 'because-you-watched', subject: 17 },
  ] as const)
    assert.deepEqual(readRowName(rowName(ref, titles), titles), ref);
  assert.equal(rowName({ kind: 'genre', subject: 5 }, titles), 'genre:Sci-Fi');
  for (const name of [
    '',
    'nowhere',
    'genre:',
    'genre:Nowhere',
    'trending:t1',
    'because-you-watched:t999',
    '__proto__',
  ])
    assert.equal(readRowName(name, titles), undefined, name);
});

test('garbage in lists and profiles is passed over', () => {
  const profile = profileOf(COUNT, {
    watched: [watched(-1), watched(9999), watched(3)],
    list: Uint32Array.of(4_000_000_000, 7, 7),
    seenWeights: new Map([
      [9999, 0.5],
      [5, NaN],
      [6, -1],
    ]),
  });
  const lists = {
    ...sharedLists(COUNT),
    trending: listOf([
      [9999, 5],
      [1, NaN],
      [2, Infinity],
      [3, 1],
      [4, 1],
      [5, 0.5],
      [6, 0.4],
    ]),
    takeRates: new Float32Array(COUNT).fill(NaN),
  };
  const { rows } = ranker.page(requestOf(COUNT, { profile, lists }));
  const shown = rows.flatMap((row) => [...row.titles]);
  assert.ok(shown.length > 20 && shown.every((title) => title < COUNT));
  assert.ok(rows.every((row) => row.scores.every(Number.isFinite)));
  const { page } = createRanker({ titles: titleTable(0), models: NO_MODELS });
  const empty = requestOf(0, { lists: sharedLists(0) });
  assert.deepEqual(page({ ...empty, context: { ...empty.context, available: allOf(0) } }).rows, []);
});
