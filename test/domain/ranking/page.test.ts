import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRanker } from '../../../domain/ranking/ranker.ts';
import { readRankingPolicy } from '../../../domain/ranking/policy.ts';
import type { RankRequest } from '../../../domain/ranking/request.ts';
import { hasTitle, WATCH_STATUSES, type ProfileView } from '../../../domain/ranking/types.ts';
import {
  allOf,
  listOf,
  models,
  profileOf,
  requestOf,
  setOf,
  sharedLists,
  titleTable,
  watched,
} from './fixture.ts';

const COUNT = 300;
const titles = titleTable(COUNT);
const ranker = createRanker({ titles, models: models(COUNT) });
const OWN = ['my-list', 'continue-watching'];

const someTitles = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(COUNT - 1), { maxLength });

const someProfile: fc.Arbitrary<ProfileView> = fc
  .record({
    plays: fc.uniqueArray(
      fc.record({ title: fc.nat(COUNT - 1), status: fc.constantFrom(...WATCH_STATUSES) }),
      {
        maxLength: 30,
        selector: ({ title }) => title,
      },
    ),
    list: someTitles(10),
    disliked: someTitles(20),
    capped: someTitles(40),
    seen: fc.array(fc.tuple(fc.nat(COUNT - 1), fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 30,
    }),
  })
  .map(({ plays, list, disliked, capped, seen }) =>
    profileOf(COUNT, {
      watched: plays.map(({ title, status }, place) => watched(title, status, place)),
      list: Uint32Array.from(list),
      disliked: setOf(COUNT, disliked),
      capped: setOf(COUNT, capped),
      seenWeights: new Map(seen),
    }),
  );

const someRequest: fc.Arbitrary<RankRequest> = fc
  .record({
    profile: fc.option(someProfile),
    unavailable: fc.oneof(someTitles(COUNT), fc.constant([...Array(COUNT).keys()].slice(4))),
    rows: fc.integer({ min: 1, max: 14 }),
    limit: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ profile, unavailable, rows, limit }) => {
    const out = new Set(unavailable);
    const available = setOf(
      COUNT,
      [...Array(COUNT).keys()].filter((title) => !out.has(title)),
    );
    const { context } = requestOf(COUNT);
    return requestOf(COUNT, { profile, context: { ...context, available }, rows, limit });
  });

test('no title stands twice on a page, none that is not available or was rated down, and rows obey their bounds', () => {
  fc.assert(
    fc.property(someRequest, (request) => {
      const { rows, relaxed } = ranker.page(request);
      const shown = rows.flatMap((row) => [...row.titles]);
      assert.equal(new Set(shown).size, shown.length);
      assert.ok(rows.length <= request.rows);
      for (const { kind, titles: inRow, scores } of rows) {
        assert.ok(inRow.length > 0 && inRow.length <= request.limit);
        assert.equal(scores.length, inRow.length);
        for (let rank = 1; rank < scores.length; rank++) assert.ok(scores[rank]! <= scores[rank - 1]!, kind);
        for (const title of inRow) {
          assert.ok(hasTitle(request.context.available, title));
          if (relaxed || request.profile === null) continue;
          assert.ok(!hasTitle(request.profile.disliked, title));
          if (OWN.includes(kind)) continue;
          assert.ok(
            !request.profile.watched.some((play) => play.title === title),
            `${kind} shows what was watched`,
          );
          if (kind !== 'popular')
            assert.ok(!hasTitle(request.profile.capped, title), `${kind} shows what is capped`);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test('a page is empty only where no title is available', () => {
  fc.assert(
    fc.property(someRequest, (request) => {
      const isAny = request.context.available.some((word) => word !== 0);
      assert.equal(ranker.page(request).rows.length > 0, isAny);
    }),
    { numRuns: 200 },
  );
  const all = { disliked: allOf(COUNT), capped: allOf(COUNT) };
  const { rows, relaxed } = ranker.page(requestOf(COUNT, { profile: profileOf(COUNT, all) }));
  assert.ok(rows.length > 0 && relaxed);
});

test('the same request gives the same page, whoever asked before', () => {
  fc.assert(
    fc.property(someRequest, someRequest, (request, other) => {
      const first = ranker.page(request);
      ranker.page(other);
      assert.deepEqual(ranker.page(request), first);
      assert.deepEqual(createRanker({ titles, models: models(COUNT) }).page(request), first);
    }),
    { numRuns: 50 },
  );
});

test('in what order equals come in a list is no matter', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: COUNT, maxLength: COUNT });
  fc.assert(
    fc.property(someRequest, scores, fc.infiniteStream(fc.nat(1_000_000)), (request, byTitle, chance) => {
      const sorted = byTitle
        .map((score, title) => [title, score] as const)
        .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      const shuffled = sorted
        .map(([title, score]) => ({ title, score, at: Number(chance.next().value) }))
        .sort((a, b) => b.score - a.score || a.at - b.at)
        .map(({ title, score }) => [title, score] as const);
      const [one, other] = [sorted, shuffled].map((list) =>
        ranker.page({
          ...request,
          lists: { ...sharedLists(COUNT), trending: listOf(list), popular: listOf(list) },
        }),
      );
      assert.deepEqual(other, one);
    }),
    { numRuns: 100 },
  );
});

test('two tastes give two orders of Trending Now', () => {
  const orderOf = (plays: readonly number[]): readonly number[] => {
    const profile = profileOf(COUNT, { watched: plays.map((title) => watched(title)) });
    return [...ranker.row(requestOf(COUNT, { profile }), 'trending').titles];
  };
  const [even, odd] = [orderOf([100, 102, 104]), orderOf([101, 103, 105])];
  assert.notDeepEqual(even, odd);
  const ofEven = (order: readonly number[]): number => order.filter((title) => title % 2 === 0).length;
  assert.ok(ofEven(even) > ofEven(odd), `${ofEven(even)} and ${ofEven(odd)} of the first are even`);
  const nobody = ranker.row(requestOf(COUNT), 'trending').titles;
  assert.deepEqual([...nobody].slice(0, 3), [0, 3, 6]);
});

test('what was watched is where it belongs: under way to go on with, finished in My List, nothing elsewhere', () => {
  const profile = profileOf(COUNT, {
    watched: [
      watched(8, 'open', 1),
      watched(0, 'finished', 2),
      watched(3, 'stopped', 3),
      watched(6, 'abandoned', 4),
    ],
    list: Uint32Array.of(0, 50, 3),
  });
  const page = ranker.page(requestOf(COUNT, { profile }));
  const of = (kind: string): readonly number[] => [
    ...(page.rows.find((row) => row.kind === kind)?.titles ?? []),
  ];
  assert.deepEqual(of('continue-watching'), [8, 3]);
  assert.deepEqual(of('my-list'), [0, 50]);
  assert.ok(page.rows.every((row) => !row.titles.includes(6)));
  assert.equal(page.rows.find((row) => row.kind === 'because-you-watched')?.subject, 0);
});

test('rows that perform well stand higher, and the policy can leave a kind out', () => {
  const kindsOf = (request: Partial<RankRequest>): readonly string[] =>
    ranker.page(requestOf(COUNT, request)).rows.map(({ kind }) => kind);
  const before = kindsOf({});
  assert.ok(before.indexOf('trending') < before.indexOf('new-releases'));
  const rowRates = new Map([
    ['trending', 0.01],
    ['new-releases', 0.2],
  ]);
  const after = kindsOf({ rowRates });
  assert.ok(after.indexOf('new-releases') < after.indexOf('trending'));
  const { policy } = readRankingPolicy([{ rowId: 'trending', setting: 'count', value: 0 }]);
  assert.ok(!kindsOf({ policy }).includes('trending'));
});

test('a row that is too short is left out, and its titles are free for others', () => {
  const lists = {
    ...sharedLists(COUNT),
    trending: listOf([
      [7, 9],
      [9, 8],
    ]),
  };
  const settings = [{ rowId: 'billboard', setting: 'count', value: 0 }];
  const page = ranker.page(requestOf(COUNT, { lists, policy: readRankingPolicy(settings).policy }));
  assert.ok(page.rows.every(({ kind }) => kind !== 'trending'));
  assert.ok(page.rows.some((row) => row.titles.includes(7)));
});

test('what is shown often falls, and never to above', () => {
  const request = (weight: number): RankRequest =>
    requestOf(COUNT, {
      profile: profileOf(COUNT, { watched: [watched(100)], seenWeights: new Map([[0, weight]]) }),
    });
  const places = [1, 0.5, 0.1, 0].map((weight) => ranker.row(request(weight), 'trending').titles.indexOf(0));
  const last = (place: number): number => (place < 0 ? Infinity : place);
  for (let i = 1; i < places.length; i++) assert.ok(last(places[i]!) >= last(places[i - 1]!), String(places));
  assert.ok(last(places[3]!) > last(places[0]!), String(places));
});
