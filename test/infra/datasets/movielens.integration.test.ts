import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLocalConfig } from '../../../infra/config.ts';
import { loadRatings } from '../../../infra/datasets/movielens.ts';

test('the data set is MovieLens 100k whole, or says why it is seeded', async (t) => {
  const data = await loadRatings({ cacheDir: loadLocalConfig().local.cacheDir });
  assert.deepEqual([data.ratings.length, data.titles.length, data.users.length], [100_000, 1_682, 943]);
  if (data.source === 'seeded') {
    assert.ok(data.reason);
    t.diagnostic(`MovieLens could not be fetched: ${data.reason}`);
    return;
  }
  assert.equal(data.titles.find(({ titleId }) => titleId === '50')?.name, 'Star Wars');
  const [first, last] = [data.ratings[0], data.ratings.at(-1)];
  assert.ok(first && last && first.timeSeconds === 874_724_710 && last.timeSeconds === 893_286_638);
});
