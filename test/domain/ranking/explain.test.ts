import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { titleId } from '../../../domain/ids.ts';
import { filtersPassed } from '../../../domain/ranking/explain.ts';
import { readRankingPolicy } from '../../../domain/ranking/policy.ts';
import { createRanker } from '../../../domain/ranking/ranker.ts';
import type { WhyNotReason } from '../../../domain/ranking/request.ts';
import { emptyTitleSet, type ProfileView } from '../../../domain/ranking/types.ts';
import { models, profileOf, requestOf, setOf, titleTable, watched } from './fixture.ts';

const COUNT = 300;
const titles = titleTable(COUNT);
const ranker = createRanker({ titles, models: models(COUNT) });

const someProfile: fc.Arbitrary<ProfileView | null> = fc.option(
  fc
    .record({
      plays: fc.uniqueArray(fc.nat(COUNT - 1), { maxLength: 20 }),
      list: fc.uniqueArray(fc.nat(COUNT - 1), { maxLength: 5 }),
      capped: fc.uniqueArray(fc.nat(COUNT - 1), { maxLength: 20 }),
      seen: fc.array(fc.tuple(fc.nat(COUNT - 1), fc.double({ min: 0, max: 1, noNaN: true })), {
        maxLength: 30,
      }),
    })
    .map(({ plays, list, capped, seen }) =>
      profileOf(COUNT, {
        watched: plays.map((title, place) => watched(title, place % 4 === 1 ? 'stopped' : 'finished', place)),
        list: Uint32Array.from(list),
        capped: setOf(COUNT, capped),
        seenWeights: new Map(seen),
      }),
    ),
);

test('an explanation is of the page that is shown, and its parts make up the score', () => {
  fc.assert(
    fc.property(someProfile, fc.integer({ min: 1, max: 12 }), (profile, rows) => {
      const request = requestOf(COUNT, { profile, rows });
      const explained = ranker.explain(request);
      assert.deepEqual(
        explained.map(({ row }) => row),
        ranker.page(request).rows,
      );
      for (const { row, titles: why } of explained) {
        assert.deepEqual(
          why.map(({ title }) => title),
          [...row.titles],
        );
        for (const { rank, score, parts, seen, diversity } of why) {
          assert.equal(score, row.scores[rank]);
          if (row.kind === 'my-list' || row.kind === 'continue-watching') continue;
          const sum = parts.reduce((all, { weight, standard }) => all + weight * standard, seen - diversity);
          assert.ok(Math.abs(sum - score) < 1e-4, `${row.kind}: ${sum} is not ${score}`);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('every title that is not shown has a rule against it, and one that is shown has none for its row', () => {
  fc.assert(
    fc.property(someProfile, fc.nat(COUNT - 1), fc.integer({ min: 1, max: 12 }), (profile, title, rows) => {
      const request = requestOf(COUNT, { profile, rows, limit: 5 });
      const page = ranker.page(request);
      const row = page.rows.find(({ titles: inRow }) => inRow.includes(title));
      const { shown, reasons } = ranker.whyNot(request, titles.ids[title]!);
      assert.deepEqual(
        shown,
        row ? { kind: row.kind, subject: row.subject, rank: row.titles.indexOf(title) } : null,
      );
      if (row === undefined) assert.ok(reasons.length > 0);
      for (const { row: of, rule, score, lastShown } of reasons) {
        assert.ok(of === null || row === undefined || of.kind !== row.kind || of.subject !== row.subject);
        if (rule === 'scored-below') assert.ok(score! <= lastShown! + 1e-5, `${score} is above ${lastShown}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('each rule is named', () => {
  const profile = profileOf(COUNT, {
    watched: [watched(10), watched(11, 'stopped'), watched(13, 'abandoned'), watched(14, 'open')],
    disliked: setOf(COUNT, [12]),
    capped: setOf(COUNT, [0]),
    list: Uint32Array.of(10),
  });
  const available = requestOf(COUNT).context.available.slice();
  available[0]! &= ~(1 << 15);
  const context = { ...requestOf(COUNT).context, available };
  const request = requestOf(COUNT, { profile, context, rows: 3, limit: 5 });
  const rulesOf = (title: number, rows = 3): readonly (readonly [string | null, string])[] =>
    ranker
      .whyNot({ ...request, rows }, titles.ids[title]!)
      .reasons.map(({ row, rule }: WhyNotReason) => [row?.kind ?? null, rule]);
  assert.deepEqual(ranker.whyNot(request, titleId('nowhere')).reasons, [
    { row: null, rule: 'unknown-title' },
  ]);
  assert.deepEqual(rulesOf(15), [[null, 'unavailable']]);
  assert.deepEqual(rulesOf(12), [[null, 'disliked']]);
  assert.deepEqual(rulesOf(13), [[null, 'abandoned']]);
  assert.deepEqual(rulesOf(10), [[null, 'finished']]);
  assert.deepEqual(rulesOf(11, 1), [[null, 'under-way']]);
  assert.ok(rulesOf(0).some(([kind, rule]) => kind === 'billboard' && rule === 'capped'));
  const all = rulesOf(200, 20);
  assert.ok(all.some(([kind, rule]) => kind === 'trending' && rule === 'below-minimum-activity'));
  assert.ok(all.some(([kind, rule]) => kind === 'because-you-watched' && rule === 'not-a-candidate'));
  assert.ok(all.some(([kind, rule]) => kind === 'popular' && rule === 'scored-below'));
});

test('a title of an earlier row is out of the later ones because of it', () => {
  const request = requestOf(COUNT, { profile: profileOf(COUNT, { watched: [watched(100)] }), limit: 5 });
  const { rows } = ranker.page(request);
  const [first, second] = [rows[0]!, rows[1]!];
  const { shown, reasons } = ranker.whyNot(request, titles.ids[first.titles[0]!]!);
  assert.equal(shown?.kind, first.kind);
  const ofSecond = reasons.find(({ row }) => row?.kind === second.kind);
  assert.equal(ofSecond?.rule, 'in-an-earlier-row');
  assert.equal(ofSecond.earlier?.kind, first.kind);
});

test('weights of the policy are what the parts have', () => {
  const { policy } = readRankingPolicy([
    { rowId: 'trending', setting: 'taste', value: 3 },
    { rowId: 'trending', setting: 'surprise', value: 0 },
  ]);
  const profile = profileOf(COUNT, { watched: [watched(100)], disliked: emptyTitleSet(COUNT) });
  const { titles: why } = ranker.explainRow(requestOf(COUNT, { profile, policy }), 'trending');
  assert.deepEqual(
    why[0]!.parts.map(({ ingredient, weight }) => [ingredient, weight]),
    [['taste', 3]],
  );
});

test('filters are those that the row obeys and the title passed', () => {
  const profile = profileOf(COUNT, {
    watched: [watched(10)],
    disliked: setOf(COUNT, [12]),
    capped: setOf(COUNT, [0, 10]),
  });
  const request = requestOf(COUNT, { profile });
  const [trending] = request.lists.trending.titles;
  assert.deepEqual(filtersPassed(request, 'popular', 20), [
    'available',
    'not-disliked',
    'not-watched',
    'not-capped',
  ]);
  assert.ok(filtersPassed(request, 'trending', trending!).includes('active-enough'));
  assert.deepEqual(filtersPassed(request, 'my-list', 10), ['available', 'not-disliked']);
  // What a page shows when nothing else is left.
  assert.deepEqual(filtersPassed(request, 'popular', 12), ['available', 'not-watched', 'not-capped']);
  assert.deepEqual(filtersPassed(request, 'popular', 10), ['available', 'not-disliked']);
  assert.deepEqual(filtersPassed({ ...request, profile: null }, 'popular', 12), ['available']);
  const { policy } = readRankingPolicy([{ rowId: 'popular', setting: 'keeps_cap', value: 0 }]);
  assert.ok(!filtersPassed({ ...request, policy }, 'popular', 20).includes('not-capped'));
});
