import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCounts } from '../../../examples/demo/compare.ts';
import type { TitleCounts } from '../../../examples/demo/counts.ts';

const parts = (batch: number, speed: number, total = batch + speed) => ({ batch, speed, total });
const counts = (titleId: string, plays: [number, number], impressions: [number, number]): TitleCounts => ({
  titleId,
  plays: parts(...plays),
  impressions: parts(...impressions),
  complete: true,
});
const truth = (...rows: [string, number, number][]) =>
  new Map(rows.map(([titleId, plays, impressions]) => [titleId, { titleId, plays, impressions }]));

test('equal totals are no difference, and both lanes make a title merged', () => {
  const answers = [counts('a', [2, 1], [5, 0]), counts('b', [0, 4], [0, 1]), counts('c', [0, 0], [0, 0])];
  const result = compareCounts(answers, truth(['a', 3, 5], ['b', 4, 1]));
  assert.deepEqual(
    { titles: result.titles, differences: result.differences, merged: result.merged, plays: result.plays },
    { titles: 3, differences: 0, merged: 1, plays: 7 },
  );
});

test('one play too many or one impression missing is a difference, and is shown', () => {
  const result = compareCounts([counts('a', [2, 2], [4, 0])], truth(['a', 3, 5]));
  assert.equal(result.differences, 1);
  assert.deepEqual(
    result.examples.map(({ measure, expected, total }) => ({ measure, expected, total })),
    [
      { measure: 'plays', expected: 3, total: 4 },
      { measure: 'impressions', expected: 5, total: 4 },
    ],
  );
});

test('a total that is not the sum of its parts is a difference even when it is right', () => {
  const answer = { ...counts('a', [1, 1], [0, 0]), plays: parts(1, 1, 3) };
  assert.equal(compareCounts([answer], truth(['a', 3, 0])).differences, 1);
});

test('a title of the truth that was not asked for is a difference', () => {
  assert.equal(compareCounts([], truth(['a', 1, 0])).differences, 1);
});

test('incomplete answers are counted, even without a difference', () => {
  const answer = { ...counts('a', [1, 0], [0, 0]), complete: false };
  assert.equal(compareCounts([answer], truth(['a', 1, 0])).incomplete, 1);
});

test('a figure out of its range and a row that is missing are differences', () => {
  const answer = {
    ...counts('a', [2, 0], [3, 0]),
    cappedPlays: parts(1, 2),
    distinctProfiles: parts(2, 2, 3),
  };
  const expected = { titleId: 'a', plays: 2, impressions: 3 };
  const judge = (more: object) =>
    compareCounts([answer], new Map([['a', { ...expected, ...more }]])).examples.map(
      ({ measure }) => measure,
    );
  assert.deepEqual(judge({ others: { cappedPlays: [1, 3], distinctProfiles: [2, 4] } }), []);
  assert.deepEqual(judge({ others: { cappedPlays: [4, 5] } }), ['cappedPlays']);
  assert.deepEqual(judge({ byRow: { new: 3 } }), ['impressions in new']);
});
