/** Rows that were made ahead of time, in place of those that a profile cannot be ranked for. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { MemoryState } from '../../../domain/memory/state.ts';
import type { NearlineRows } from '../../../domain/nearline/rows.ts';
import { homeAnswer, pageRowAnswer } from '../../../serving/home/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, NOBODY, NOW, type ServingBench } from '../../support/serving.ts';
import { memoryOfShown } from '../../support/shown-memory.ts';
import { CATALOGUE, countsAt, TITLE_IDS } from '../../support/tastes.ts';

const OFTEN = TITLE_IDS[1]!;
const PICKS = TITLE_IDS.slice(0, 4);
const away = () => Promise.reject(new Error('it is gone'));

const picksOf = (titles: readonly string[]): NearlineRows => ({
  ...{ kinds: ['top-picks'], subjects: [''], starts: [0, titles.length], titles: [...titles] },
  scores: Float32Array.from(titles, (_, at) => 1 / (at + 1)),
  cause: { topic: 'plays', partition: 0, offset: 7, appendTime: NOW, eventTime: NOW },
  versions: { itemFactors: 1, neighbours: null, rankingPolicy: null },
});

/** What the profile watched cannot be had. */
async function open(
  t: TestContext,
  rows: NearlineRows,
  memoryOf: () => Promise<MemoryState | undefined>,
): Promise<ServingBench> {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    ...{ asOf: new Date(NOW).toISOString(), rows: countsAt(NOW) },
  });
  await bench.start({
    profiles: { ...NOBODY, watchingOf: away, memoryOf, rowsOf: () => Promise.resolve(rows) },
    settings: { capPerDay: '5' },
  });
  return bench;
}

async function picks(bench: ServingBench) {
  const home = homeAnswer.strict().parse((await bench.get('/v1/profiles/p/home?country=US&rows=20')).body);
  const path = '/v1/profiles/p/rows/top-picks?country=US&limit=40';
  const alone = pageRowAnswer.strict().parse((await bench.get(path)).body);
  const row = home.rows.find(({ kind }) => kind === 'top-picks');
  const titlesOf = (of: typeof row) => of?.items.map(({ titleId }): string => titleId) ?? [];
  return { home, alone, onPage: titlesOf(row), titles: titlesOf(alone.row) };
}

test('rows that were ranked at the last play stand in, through more requests than it takes to give its state up', async (t) => {
  const bench = await open(t, picksOf(PICKS), away);
  for (let request = 0; request < 30; request++) {
    const { home, alone, onPage, titles } = await picks(bench);
    assert.deepEqual([home.personal.mode, alone.personal.mode], ['nearline', 'nearline'], `${request}`);
    assert.deepEqual(titles, PICKS);
    assert.deepEqual(
      onPage,
      PICKS.filter((id) => !home.rows[0]!.items.some(({ titleId }) => titleId === id)),
    );
    assert.ok(home.inputs.some(({ input, mode }) => input === 'nearline-rows' && mode === 'nearline'));
  }
});

test('what was shown too often since a row was made ahead is not in it', async (t) => {
  const memory = memoryOfShown(OFTEN, TITLE_IDS[9]!);
  const bench = await open(t, picksOf(PICKS), () => Promise.resolve(memory));
  const { alone, onPage, titles } = await picks(bench);
  assert.equal(alone.personal.mode, 'nearline');
  assert.deepEqual(
    titles,
    PICKS.filter((id) => id !== OFTEN),
  );
  assert.ok(onPage.length > 0 && !onPage.includes(OFTEN));
});

test('a row of which nothing may be shown any more stands in for nothing', async (t) => {
  const memory = memoryOfShown(OFTEN, TITLE_IDS[9]!);
  const bench = await open(t, picksOf([OFTEN]), () => Promise.resolve(memory));
  const { home, titles } = await picks(bench);
  // Nothing of what is known of it says what it likes: the row is everybody's, and the page has none.
  assert.ok(titles.length > 1);
  assert.ok(home.rows.length > 3 && home.rows.every(({ items }) => items.length > 0));
});
