import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool, MOST_CANDIDATES } from '../../../domain/ranking/pool.ts';
import { addTitle, emptyTitleSet, removeTitle } from '../../../domain/ranking/types.ts';

const COUNT = 5000;
const all = emptyTitleSet(COUNT).fill(0xffff_ffff);
const listed = (...titles: number[]) => ({ titles: Uint32Array.from(titles) });
const inside = ({ titles, size }: ReturnType<typeof createPool>): number[] => [...titles.subarray(0, size)];

test('a list is added until there are as many as wanted, without those that may not be shown or are there', () => {
  const pool = createPool(emptyTitleSet(COUNT));
  const among = all.slice();
  removeTitle(among, 7);
  pool.add(9);
  pool.addListed(listed(5, 7, 9, 6, 8), among, 3);
  assert.deepEqual(inside(pool), [9, 5, 6]);
  pool.clear();
  assert.ok(!pool.has(5));
  pool.addListed(listed(5), among, 3);
  assert.deepEqual(inside(pool), [5]);
});

test('titles as good as the last that was wanted come in with it', () => {
  const pool = createPool(emptyTitleSet(COUNT));
  const scores = Float32Array.of(9, 4, 4, 4, 1);
  pool.addListed({ ...listed(0, 1, 2, 3, 4), scores }, all, 2);
  assert.deepEqual(inside(pool), [0, 1, 2, 3]);
  pool.clear();
  pool.addListed({ ...listed(0, 1, 2, 3, 4), scores }, all, 1);
  assert.deepEqual(inside(pool), [0]);
});

test('a full pool takes no more, whatever was wanted', () => {
  const pool = createPool(emptyTitleSet(COUNT));
  const among = emptyTitleSet(COUNT);
  for (let title = 0; title < COUNT; title++) addTitle(among, title);
  pool.addListed({ titles: Uint32Array.from({ length: COUNT }, (_, title) => title) }, among, COUNT);
  assert.equal(pool.size, MOST_CANDIDATES);
  assert.equal(pool.add(COUNT - 1), false);
});

test('of what was found those are added that score enough, may be shown and are not there', () => {
  const pool = createPool(emptyTitleSet(COUNT));
  const among = all.slice();
  removeTitle(among, 7);
  pool.add(9);
  const titles = Uint32Array.of(5, 7, 9, 6, 8, 4);
  const scores = Float32Array.of(3, 9, 9, 1, 2, 9);
  pool.addBest({ titles, scores, size: 5 }, 2, among);
  assert.deepEqual(inside(pool), [9, 5, 8]);
  assert.ok(pool.has(8) && !pool.has(6) && !pool.has(4));
  pool.clear();
  assert.ok(!pool.has(8));
});

test('a full pool takes none of what was found', () => {
  const pool = createPool(emptyTitleSet(COUNT));
  const titles = Uint32Array.from({ length: COUNT }, (_, title) => title);
  pool.addBest({ titles, scores: new Float32Array(COUNT).fill(1), size: COUNT }, 1, all);
  assert.equal(pool.size, MOST_CANDIDATES);
});
