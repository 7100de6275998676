import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeAnswer, pageRowAnswer } from '../../../serving/home/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, entry, type ServingBench } from '../../support/serving.ts';

const CATALOGUE = Array.from({ length: 60 }, (_, i) =>
  entry(`t${i}`, { genres: [['Drama', 'Horror', 'Comedy'][i % 3]!] }),
);
const VIEW = {
  blockSize: BLOCK_SIZE,
  cut: { plays: [0, 0], impressions: [0, 0] },
  rows: CATALOGUE.map(({ titleId }, i) => ({
    ...{ title: titleId, country: i % 2 === 0 ? 'US' : 'DE', bucket: -1 },
    ...{ plays: 100 - i, impressions: 1000 },
  })),
};

async function home(bench: ServingBench, path: string) {
  const { status, body } = await bench.get(path);
  assert.equal(status, 200, JSON.stringify(body));
  return homeAnswer.strict().parse(body);
}

test('a page has rows of titles, none twice, and says what it was made of', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, VIEW);
  await bench.start();
  const page = await home(bench, '/v1/profiles/ann/home?country=US&hour=20&device=tv&rows=4&limit=5');
  assert.ok(page.rows.length > 0);
  const shown = page.rows.flatMap(({ items }) => items.map(({ titleId }) => titleId));
  assert.equal(new Set(shown).size, shown.length);
  assert.equal(page.views['popularity'], 1);
  const row = pageRowAnswer.strict().parse((await bench.get('/v1/rows/new-releases')).body);
  assert.equal(row.row.kind, 'new-releases');
});
