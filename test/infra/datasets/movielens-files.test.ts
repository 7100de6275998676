import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { displayName, parseMovielens } from '../../../infra/datasets/movielens-files.ts';

const TEXTS = {
  inter:
    'user_id:token\titem_id:token\trating:float\ttimestamp:float\n2\t9\t3\t200\n1\t7\t5\t100\n2\t7\t4\t200\n',
  item:
    'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n' +
    "7\tPostino, Il\t1994\tDrama Children's\n9\tunkonwn\tunkonwn\tunknown\n",
  user: 'user_id:token\tage:token\n1\t24\n2\t53\n',
};

test('ratings come in time order, and those of one second in file order', () => {
  const { ratings } = parseMovielens(TEXTS);
  assert.deepEqual(
    ratings.map(({ userId, titleId }) => `${userId}/${titleId}`),
    ['1/7', '2/9', '2/7'],
  );
});

test('titles have a readable name, a year where there is one, and genres', () => {
  assert.deepEqual(parseMovielens(TEXTS).titles, [
    { titleId: '7', name: 'Il Postino', year: 1994, genres: ['Drama', "Children's"] },
    { titleId: '9', name: 'Unknown title 9', year: null, genres: [] },
  ]);
  assert.equal(displayName('Usual Suspects, The'), 'The Usual Suspects');
  assert.equal(displayName('I, Worst of All'), 'I, Worst of All');
});

test('a file without a needed column is refused', () => {
  assert.throws(
    () => parseMovielens({ ...TEXTS, inter: 'user:token\titem_id:token\n' }),
    (error) => isMarqueeError(error, 'DOWNLOAD_CORRUPT') && error.message.includes('user_id'),
  );
});
