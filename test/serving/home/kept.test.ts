/** What an answer leaves behind: the rows that were shown, for training, and what it was made of, in a header. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ServedRow } from '../../../domain/served-rows.ts';
import { homeAnswer, pageRowAnswer } from '../../../serving/home/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, NOBODY, NOW } from '../../support/serving.ts';
import { CATALOGUE, countsAt, TASTES, TITLE_IDS, watcherOf } from '../../support/tastes.ts';

const PAGES = ['/v1/profiles/p/home', '/v1/home'];
const ROWS = ['/v1/profiles/p/rows/popular', '/v1/rows/new-releases'];

async function open(t: TestContext, share: string, watched = watcherOf(0, NOW)) {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    ...{ asOf: new Date(NOW).toISOString(), rows: countsAt(NOW) },
  });
  const kept: ServedRow[] = [];
  await bench.start({
    profiles: { ...NOBODY, watchingOf: () => Promise.resolve(watched) },
    served: { note: (row) => void kept.push(row) },
    settings: { anonymousServedShare: share },
  });
  const ask = async (path: string, more = '') => {
    kept.length = 0;
    const response = await bench.fetch(`${path}?country=US&limit=5${more}`);
    assert.equal(response.status, 200);
    const body: unknown = await response.json();
    const header = response.headers.get('marquee-source');
    if (PAGES.includes(path)) return { ...homeAnswer.strict().parse(body), header };
    const answer = pageRowAnswer.strict().parse(body);
    return { ...answer, rows: [answer.row], header };
  };
  return { kept, ask };
}

test('every row that was shown to somebody is kept as it was shown, under the id of its answer', async (t) => {
  const { kept, ask } = await open(t, '0');
  for (const path of [PAGES[0]!, ROWS[0]!]) {
    const { rows, recommendationId, header, source } = await ask(path);
    assert.ok(rows.length > 0);
    assert.deepEqual(
      kept,
      rows.map(({ row, source: ofRow, items }) => ({
        ...{ recommendationId, row, source: ofRow, time: NOW, profileId: 'p', country: 'US' },
        titleIds: items.map(({ titleId }) => titleId),
        ...{ viewVersion: 1, arms: undefined, teams: undefined },
      })),
    );
    assert.equal(header?.split('; ')[0], source);
  }
});

test('of what is asked for ahead of nobody in particular the share is kept that is asked for, and all else whole', async (t) => {
  const { kept, ask } = await open(t, '0');
  const ahead = '&purpose=prefetch';
  for (const [path, more, isKept] of [
    [PAGES[0]!, ahead, true],
    [ROWS[0]!, ahead, true],
    [PAGES[1]!, '', true],
    [ROWS[1]!, '', true],
    [PAGES[1]!, ahead, false],
    [ROWS[1]!, ahead, false],
  ] as const) {
    const { rows, recommendationId, header, source } = await ask(path, more);
    assert.equal(header?.split('; ')[0], source);
    assert.deepEqual(
      kept.map((row) => [row.recommendationId, row.row]),
      isKept ? rows.map(({ row }) => [recommendationId, row]) : [],
      `${path} ${more}`,
    );
  }
  const all = await open(t, '1');
  await all.ask(PAGES[1]!, ahead);
  assert.ok(all.kept.length > 0);
});

/** It finished every title that there is. */
function watchedAll(): ReturnType<typeof watcherOf> {
  const state = watcherOf(0, NOW, TITLE_IDS.length);
  for (let taste = 1; taste < TASTES; taste++) {
    const { titles, roots, marks } = watcherOf(taste, NOW, TITLE_IDS.length);
    state.titles.push(...titles);
    state.roots.push(...roots);
    state.marks.push(...marks);
  }
  const finished = state.marks.slice(10, 20);
  return { ...state, marks: state.titles.flatMap(() => finished) };
}

test('a page of what was watched, since nothing else is left, says so', async (t) => {
  const { ask } = await open(t, '0', watchedAll());
  const { rows, fallbackReason } = await ask(PAGES[0]!);
  assert.ok(rows[0]!.items.length > 0);
  assert.match(fallbackReason ?? '', /nothing else is left/);
  const { ask: askOf } = await open(t, '0');
  assert.equal((await askOf(PAGES[0]!)).fallbackReason, null);
});
