import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { ProfileReader } from '../../../serving/profiles/port.ts';
import { homeAnswer, pageRowAnswer, similarAnswer, whyNotAnswer } from '../../../serving/home/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import {
  BLOCK_SIZE,
  createServingBench,
  NOBODY,
  NOW,
  type ServingBench,
  type StartOptions,
} from '../../support/serving.ts';
import {
  CATALOGUE,
  countsAt,
  interactions,
  publishModels,
  tasteOfTitle,
  TITLE_IDS,
  watcherOf,
} from '../../support/tastes.ts';

const CUT = { plays: [0, 0], impressions: [0, 0] };
const KNOWN: ProfileReader = {
  ...NOBODY,
  watchingOf: (profile) =>
    Promise.resolve(profile.startsWith('taste-') ? watcherOf(Number(profile.slice(6)), NOW) : undefined),
};

async function open(t: TestContext, options: StartOptions = {}): Promise<ServingBench> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const bench = await createServingBench(t, CATALOGUE);
  const asOf = new Date(NOW).toISOString();
  await publishPopularity(bench.repository, { blockSize: BLOCK_SIZE, cut: CUT, asOf, rows: countsAt(NOW) });
  await publishModels(bench.repository, duckdb);
  await bench.start({ profiles: KNOWN, ...options });
  return bench;
}

async function home(bench: ServingBench, path: string) {
  const { status, body } = await bench.get(path);
  assert.equal(status, 200, JSON.stringify(body));
  return homeAnswer.strict().parse(body);
}

const idsOf = (row: { items: readonly { titleId: string }[] } | undefined): string[] =>
  row?.items.map(({ titleId }) => titleId) ?? [];
const shareOf = (taste: number, ids: readonly string[]): number =>
  ids.filter((id) => tasteOfTitle(id) === taste).length / ids.length;

test('pages: what they show, how they go on, and what they say', async (t) => {
  const bench = await open(t);

  await t.test('a page has rows, no title twice, and says what it was made of', async () => {
    const page = await home(bench, '/v1/profiles/taste-0/home?country=US&hour=20&device=tv&limit=5');
    const shown = page.rows.flatMap(idsOf);
    assert.ok(page.rows.length >= 3, JSON.stringify(page.rows.map(({ row }) => row)));
    assert.equal(new Set(shown).size, shown.length);
    assert.equal(page.personal.mode, 'online');
    for (const view of ['popularity', 'item-factors', 'neighbours', 'clusters', 'profile-rows'])
      assert.equal(page.views[view], 1, view);
    const modes = new Set(page.inputs.map(({ mode }) => mode));
    assert.deepEqual([...modes].sort(), ['nearline', 'offline', 'online']);
    const going = page.rows.find(({ kind }) => kind === 'continue-watching');
    assert.equal(going?.items[0]?.resume?.positionSeconds, 1800);
  });

  await t.test('what is written by hand is what JSON.stringify writes', async () => {
    const paths = [
      '/v1/profiles/taste-1/home?country=US&limit=7',
      '/v1/home',
      '/v1/profiles/x/home?device=tv',
    ];
    for (const path of paths) {
      const text = await bench.text(path);
      assert.equal(JSON.stringify(homeAnswer.parse(JSON.parse(text))), text);
    }
    const row = await bench.text('/v1/profiles/taste-1/rows/continue-watching');
    assert.equal(JSON.stringify(pageRowAnswer.parse(JSON.parse(row))), row);
  });

  await t.test('two tastes have two orders of what trends', async () => {
    const orders: string[][] = [];
    for (const taste of [0, 1]) {
      const { body } = await bench.get(`/v1/profiles/taste-${taste}/rows/trending?country=US&limit=10`);
      const ids = idsOf(pageRowAnswer.strict().parse(body).row);
      assert.ok(shareOf(taste, ids.slice(0, 5)) > shareOf(1 - taste, ids.slice(0, 5)), ids.join());
      orders.push(ids);
    }
    assert.notDeepEqual(orders[0], orders[1]);
  });

  await t.test('a cursor goes on without a title that was shown', async () => {
    const path = '/v1/profiles/taste-2/rows/trending?country=US&limit=4';
    const seen: string[] = [];
    let cursor = '';
    for (let screen = 0; screen < 3; screen++) {
      const { body } = await bench.get(`${path}${cursor && `&cursor=${cursor}`}`);
      const { row, cursor: next } = pageRowAnswer.strict().parse(body);
      assert.equal(row.items[0]?.rank, 4 * screen);
      seen.push(...idsOf(row));
      cursor = next ?? '';
    }
    assert.equal(new Set(seen).size, 12);
    const first = await home(bench, '/v1/profiles/taste-2/home?country=US&rows=2&limit=4');
    const second = await home(
      bench,
      `/v1/profiles/taste-2/home?country=US&rows=2&limit=4&cursor=${first.cursor}`,
    );
    assert.equal(second.continues, first.recommendationId);
    const both = [...first.rows, ...second.rows];
    assert.equal(new Set(both.map(({ row }) => row)).size, both.length);
    const shown = both.flatMap(idsOf);
    assert.equal(new Set(shown).size, shown.length);
  });

  await t.test('a cursor that is too old is gone, one that never was is refused', async () => {
    const { cursor } = await home(bench, '/v1/profiles/taste-2/home?limit=4');
    bench.clock.now += 3_600_000;
    const old = await bench.get(`/v1/profiles/taste-2/home?cursor=${cursor}`);
    bench.clock.now -= 3_600_000;
    assert.deepEqual([old.status, old.body['code']], [410, 'CURSOR_EXPIRED']);
    const [id, at, , numbers] = cursor!.split('.');
    const other = await bench.get(`/v1/profiles/taste-2/home?cursor=${[id, at, '1', numbers].join('.')}`);
    assert.equal(other.body['code'], 'CURSOR_EXPIRED');
    for (const broken of ['x', `${cursor}!`, `${id}.${at}.1.`, '%00'])
      assert.equal(
        (await bench.get(`/v1/profiles/taste-2/home?cursor=${broken}`)).body['code'],
        'REQUEST_INVALID',
      );
  });

  await t.test('bad input is refused by name, and what is unknown is answered', async () => {
    for (const query of [
      'hour=25',
      'limit=1000000000',
      'limit=1&limit=9',
      'rows=0',
      'country=us',
      'device=%2F..',
    ])
      assert.equal((await bench.get(`/v1/profiles/a/home?${query}`)).body['code'], 'REQUEST_INVALID', query);
    assert.equal((await bench.get(`/v1/profiles/${'a'.repeat(2000)}/home`)).status, 400);
    for (const row of ['__proto__', 'genre:None', 'because-you-watched:none', '..%2F..'])
      assert.equal((await bench.get(`/v1/rows/${row}`)).body['code'], 'ROW_NOT_FOUND', row);
    const cold = await home(bench, '/v1/profiles/__proto__/home?country=ZZ');
    assert.deepEqual([cold.personal.mode, cold.fallbackReason], ['none', null]);
    assert.ok(cold.rows.length > 0);
  });

  await t.test('similar titles are of the same taste, without the title itself', async () => {
    const title = TITLE_IDS[0]!;
    const { body } = await bench.get(`/v1/titles/${title}/similar?limit=6`);
    const { items } = similarAnswer.strict().parse(body);
    assert.ok(!idsOf({ items }).includes(title));
    assert.ok(shareOf(tasteOfTitle(title), idsOf({ items })) > 0.6);
    assert.equal((await bench.get('/v1/titles/none/similar')).body['code'], 'TITLE_NOT_FOUND');
  });

  await t.test('titles say why they are there, and why they are not', async () => {
    const page = await home(bench, '/v1/profiles/taste-0/home?country=US&limit=5&explain=true');
    const trending = page.rows.find(({ kind }) => kind === 'trending');
    const told = trending?.items[0]?.explanation;
    assert.ok(told !== undefined && told.parts.length > 0);
    assert.deepEqual(told.plays, { batch: 40, speed: 0, total: 40 });
    const watched = watcherOf(0, NOW).titles[1]!;
    const { body } = await bench.get(`/v1/profiles/taste-0/why-not/${watched}?country=US`);
    const whyNot = whyNotAnswer.strict().parse(body);
    assert.ok(
      whyNot.reasons.some(({ rule }) => rule === 'finished'),
      JSON.stringify(whyNot),
    );
    const unknown = await bench.get('/v1/profiles/taste-0/why-not/none');
    assert.equal(whyNotAnswer.strict().parse(unknown.body).reasons[0]?.rule, 'unknown-title');
  });
});

test('where a profile cannot be read its page has the rows that were made ahead, and says so', async (t) => {
  const gone = () => Promise.reject(new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'it is gone' }));
  const never = () => new Promise<never>(() => undefined);
  let read: () => Promise<never> = gone;
  const away: ProfileReader = {
    ...NOBODY,
    watchingOf: () => read(),
    memoryOf: () => read(),
    rowsOf: () => read(),
  };
  const bench = await open(t, { profiles: away });
  const [profile] = interactions.profiles;
  for (read of [gone, never]) {
    const page = await home(bench, `/v1/profiles/${profile}/home?country=US&limit=5`);
    assert.equal(page.personal.mode, 'offline');
    assert.match(page.fallbackReason ?? '', /profile store|is gone/);
    const picks = page.rows.find(({ kind }) => kind === 'top-picks');
    assert.equal(picks?.source, 'batch');
    const shown = page.rows.flatMap(idsOf);
    assert.equal(new Set(shown).size, shown.length);
    const nobody = await home(bench, '/v1/profiles/nobody/home?country=US&limit=5');
    assert.equal(nobody.personal.mode, 'none');
    assert.ok(nobody.rows.length > 0);
  }
});

test('an empty catalogue is answered with no rows, never with a failure', async (t) => {
  const bench = await createServingBench(t, []);
  await bench.start();
  assert.deepEqual((await home(bench, '/v1/profiles/a/home')).rows.flatMap(idsOf), []);
  assert.equal((await bench.get('/v1/rows/new-releases')).status, 200);
});
