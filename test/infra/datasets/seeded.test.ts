import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededDataSet } from '../../../infra/datasets/seeded.ts';

const SHAPE = { seed: 7, ratings: 4_000, titles: 300, users: 120 };

test('the same seed makes the same data and another seed other data', () => {
  assert.deepEqual(seededDataSet('offline', SHAPE), seededDataSet('offline', SHAPE));
  assert.notDeepEqual(
    seededDataSet('offline', SHAPE).ratings,
    seededDataSet('offline', { ...SHAPE, seed: 8 }).ratings,
  );
});

test('it is labelled as seeded, in time order, of the asked shape, and every rating is of a known title', () => {
  const data = seededDataSet('offline', SHAPE);
  assert.equal(data.source, 'seeded');
  assert.equal(data.ratings.length, SHAPE.ratings);
  const titles = new Set(data.titles.map(({ titleId }) => titleId));
  const users = new Set(data.users);
  let before = 0;
  for (const { titleId, userId, rating, timeSeconds } of data.ratings) {
    assert.ok(titles.has(titleId) && users.has(userId));
    assert.ok(rating >= 1 && rating <= 5);
    assert.ok(timeSeconds >= before);
    before = timeSeconds;
  }
});

test('demand is uneven: the top tenth of titles takes at least a third of the ratings', () => {
  const counts = new Map<string, number>();
  for (const { titleId } of seededDataSet('offline', SHAPE).ratings) {
    counts.set(titleId, (counts.get(titleId) ?? 0) + 1);
  }
  const top = [...counts.values()].toSorted((a, b) => b - a).slice(0, SHAPE.titles / 10);
  assert.ok(top.reduce((sum, count) => sum + count, 0) > SHAPE.ratings / 3);
});
