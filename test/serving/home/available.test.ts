/** What may not be shown in a country, or not at that time, is in no row, whatever it was ranked by. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isAvailable, type CatalogueEntry } from '../../../domain/catalogue.ts';
import { MarqueeError } from '../../../domain/errors.ts';
import { country } from '../../../domain/ids.ts';
import { DEFAULT_RANKING_POLICY } from '../../../domain/ranking/policy.ts';
import type { RankRequest } from '../../../domain/ranking/request.ts';
import { ROW_KINDS } from '../../../domain/ranking/types.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { silentLog } from '../../../infra/log.ts';
import { indexCatalogue } from '../../../serving/catalogue.ts';
import { createPages, type PageRequest } from '../../../serving/home/page.ts';
import { NOBODY_KNOWN } from '../../../serving/home/profile.ts';
import type { Library } from '../../../serving/library/library.ts';
import { numberTitles } from '../../../serving/library/titles.ts';
import { homeAnswer, pageRowAnswer, similarAnswer } from '../../../serving/home/schemas.ts';
import type { ProfileReader } from '../../../serving/profiles/port.ts';
import { rowAnswer } from '../../../serving/api/schemas.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, NOBODY, NOW, type ServingBench } from '../../support/serving.ts';
import {
  CATALOGUE,
  countsAt,
  interactions,
  publishModels,
  TASTES,
  TITLE_IDS,
  watcherOf,
} from '../../support/tastes.ts';

const HERE = [{ from: null, to: null }];
const LATER = NOW + 2 * HOUR_MS;
const CHANGE = NOW + HOUR_MS;
const KINDS: readonly CatalogueEntry['availability'][] = [
  { SE: HERE },
  { '*': HERE, SE: [] },
  { '*': [{ from: null, to: CHANGE }] },
  { '*': [{ from: CHANGE, to: null }], DE: HERE },
];
/** Of each taste there are titles of each kind. */
const PARTED: readonly CatalogueEntry[] = CATALOGUE.map((one, i) => ({
  ...one,
  availability: KINDS[Math.floor(i / TASTES) % KINDS.length]!,
}));
const entryOf = new Map<string, CatalogueEntry>(PARTED.map((one) => [one.titleId, one]));
const CUT = { plays: [0, 0], impressions: [0, 0] };
const PLACES = [null, 'SE', 'DE', 'US'];

const away = () => Promise.reject(new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'it is gone' }));
const READERS: Readonly<Record<string, ProfileReader>> = {
  'known as it is now': { ...NOBODY, watchingOf: () => Promise.resolve(watcherOf(0, NOW)) },
  'made ahead': { ...NOBODY, watchingOf: away, memoryOf: away, rowsOf: away },
  'nobody in particular': NOBODY,
};

async function open(t: TestContext, profiles: ProfileReader): Promise<ServingBench> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const bench = await createServingBench(t, PARTED);
  const asOf = new Date(NOW).toISOString();
  await publishPopularity(bench.repository, { blockSize: BLOCK_SIZE, cut: CUT, asOf, rows: countsAt(NOW) });
  await publishModels(bench.repository, duckdb);
  await bench.start({ profiles });
  return bench;
}

/** Titles of every row that there is a path for, and of similar titles. */
async function shown(bench: ServingBench, where: string | null): Promise<Map<string, string[]>> {
  const query = where === null ? 'limit=40' : `limit=40&country=${where}`;
  const found = new Map<string, string[]>();
  const note = (path: string, items: readonly { titleId: string }[]): void =>
    void found.set(
      path,
      items.map(({ titleId }) => titleId),
    );
  const profile = `/v1/profiles/${interactions.profiles[0]}`;
  const rows = ['genre:Drama', ...ROW_KINDS.filter((kind) => kind !== 'genre')];
  for (const path of [`${profile}/home`, '/v1/home']) {
    const { status, body } = await bench.get(`${path}?rows=20&${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    for (const { row, items } of homeAnswer.parse(body).rows) note(`${path} ${row}`, items);
  }
  for (const row of rows) {
    for (const path of [`${profile}/rows/${row}`, `/v1/rows/${row}`]) {
      const { status, body } = await bench.get(`${path}?${query}`);
      if (status === 200) note(path, rowOf(body).items);
    }
  }
  const { body } = await bench.get(`/v1/titles/${TITLE_IDS[0]}/similar?${query}`);
  note('similar', similarAnswer.parse(body).items);
  return found;
}

/** What trends and what is popular have a shape of their own where nobody in particular asks. */
const rowOf = (body: unknown): { items: readonly { titleId: string }[] } => {
  const ranked = pageRowAnswer.safeParse(body);
  return ranked.success ? ranked.data.row : rowAnswer.parse(body);
};

for (const [who, reader] of Object.entries(READERS)) {
  test(`${who}: no row has a title that may not be shown there and then`, async (t) => {
    const bench = await open(t, reader);
    for (const now of [NOW, LATER, NOW]) {
      bench.clock.now = now;
      for (const where of PLACES) {
        const named = where === null ? undefined : country(where);
        const found = await shown(bench, where);
        assert.ok([...found.values()].filter((titles) => titles.length > 0).length >= 10);
        for (const [path, titles] of found) {
          const wrong = titles.filter((id) => !isAvailable(entryOf.get(id)!, now, named));
          assert.deepEqual(wrong, [], `${path} in ${where} ${now === NOW ? 'now' : 'later'}`);
        }
      }
    }
  });
}

test('the last step of the ladder, which ranks nothing, shows what may be shown and nothing else', async () => {
  const titles = await numberTitles(indexCatalogue(new Map(PARTED.map((one) => [one.titleId, one]))));
  const broken = (): never => {
    throw new Error('nothing can be ranked');
  };
  const asked: RankRequest[] = [];
  const library = {
    titles,
    ranker: { page: (rank: RankRequest) => (asked.push(rank), broken()), row: broken },
    policyOf: () => DEFAULT_RANKING_POLICY,
    interleavedOf: () => [],
  } as unknown as Library;
  const pages = createPages({
    lists: { of: () => ({ lists: {}, source: 'batch' }) as never },
    knownProfiles: { read: () => Promise.resolve(NOBODY_KNOWN) },
    now: () => NOW,
    log: silentLog(),
  });
  for (const where of PLACES) {
    const named = where === null ? null : country(where);
    const request: PageRequest = {
      ...{ profile: null, country: named, device: null, hour: 20, rows: 8, limit: 60 },
      ...{ from: null, arm: null, canaryArm: null },
    };
    const { step, rows } = await pages.home(library, request);
    const one = await pages.row(library, request, 'trending', -1);
    const ids = (of: typeof rows): string[] =>
      of.flatMap((row) => Array.from(row.titles, (n) => titles.ids[n]!));
    const expected = PARTED.filter((one) => isAvailable(one, NOW, named ?? undefined)).map(
      ({ titleId }) => titleId,
    );
    assert.deepEqual([step, one.step], ['catalogue', 'catalogue']);
    assert.deepEqual(ids(rows).toSorted(), expected.toSorted(), `in ${where}`);
    assert.deepEqual(ids(one.rows).toSorted(), expected.toSorted(), `trending in ${where}`);
  }
  assert.ok(asked.length >= PLACES.length);
});
