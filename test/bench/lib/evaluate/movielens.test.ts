import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaveLastOut } from '../../../../batch/evaluation/splits.ts';
import { inputFault } from '../../../../batch/models/training-input.ts';
import { watchedOf } from '../../../../bench/lib/evaluate/movielens.ts';
import type { DataSet } from '../../../../infra/datasets/data-set.ts';

const DATA: DataSet = {
  source: 'movielens-100k',
  users: ['2', '10'],
  titles: ['3', '20', '1'].map((titleId) => ({
    titleId,
    name: titleId,
    year: titleId === '3' ? null : 1990,
    genres: ['Drama'],
  })),
  ratings: [
    { userId: '2', titleId: '3', rating: 1, timeSeconds: 50 },
    { userId: '10', titleId: '1', rating: 5, timeSeconds: 60 },
    { userId: '2', titleId: '20', rating: 5, timeSeconds: 70 },
    { userId: '2', titleId: '1', rating: 5, timeSeconds: 70 },
  ],
};

test('ratings become plays of weight 1, profiles and titles in the byte order of their ids', () => {
  const { interactions, features } = watchedOf(DATA);
  assert.deepEqual(interactions.profiles, ['10', '2']);
  assert.deepEqual(interactions.titles, ['1', '20', '3']);
  assert.deepEqual([...interactions.rowStarts], [0, 1, 4]);
  assert.deepEqual([...interactions.columns], [0, 0, 1, 2]);
  assert.deepEqual([...interactions.weights], [1, 1, 1, 1]);
  assert.deepEqual([...features.years], [1990, 1990, 0]);
  assert.equal(inputFault(interactions), undefined);
});

test('of ratings of the same second the later line is the newer, whatever its title', () => {
  const { heldOut, train } = leaveLastOut(watchedOf(DATA).interactions);
  assert.deepEqual(
    [...heldOut].map((column) => train.titles[column]),
    ['1'],
  );
});

test('no rating is moved out of its second', () => {
  const { times } = watchedOf(DATA).interactions;
  assert.deepEqual(
    [...times].map((time) => Math.floor(time / 1000)),
    [60, 70, 70, 50],
  );
});
