import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { region } from '../../../domain/ids.ts';
import type { NearlineRows } from '../../../domain/nearline/rows.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { homeAnswer, pageRowAnswer } from '../../../serving/home/schemas.ts';
import type { ProfileReader } from '../../../serving/profiles/port.ts';
import { publishPopularity } from '../../support/popularity.ts';
import {
  BLOCK_SIZE,
  createServingBench,
  entry,
  NOBODY,
  NOW,
  type ServingBench,
  type StartOptions,
} from '../../support/serving.ts';
import { memoryOfShown } from '../../support/shown-memory.ts';
import { publishPolicy } from '../../support/side-views.ts';
import {
  CATALOGUE,
  countsAt,
  interactions,
  publishModels,
  TITLE_IDS,
  watcherOf,
} from '../../support/tastes.ts';
import { until } from '../../support/until.ts';

const LOCAL = region('local');
const away = () => Promise.reject(new Error('it is gone'));

async function open(
  t: TestContext,
  options: StartOptions,
  policy: Parameters<typeof publishPolicy>[1] = [],
): Promise<ServingBench> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    ...{ asOf: new Date(NOW).toISOString(), rows: countsAt(NOW) },
  });
  await publishModels(bench.repository, duckdb);
  if (policy.length > 0) await publishPolicy(bench.repository, policy, LOCAL);
  await bench.start(options);
  return bench;
}

async function rowsOf(bench: ServingBench, path: string) {
  const { status, body } = await bench.get(path);
  assert.equal(status, 200, JSON.stringify(body));
  return 'row' in body ? [pageRowAnswer.strict().parse(body).row] : homeAnswer.strict().parse(body).rows;
}

type Row = Awaited<ReturnType<typeof rowsOf>>[number];
const reasonsOf = (row: Row) => row.items.map(({ explanation }) => explanation!);

function assertAddsUp(row: Row): void {
  for (const { score, parts, seen, diversity } of reasonsOf(row)) {
    const sum = parts.reduce((all, { weight, standard }) => all + weight * standard, seen - diversity);
    assert.ok(Math.abs(sum - score) < 1e-4, `${row.row}: ${sum} is not ${score}`);
  }
}

test('a page is explained by what it was ranked by, though the profile has changed since', async (t) => {
  let reads = 0;
  const bench = await open(t, {
    profiles: { ...NOBODY, watchingOf: () => Promise.resolve(watcherOf(reads++ % 3, NOW)) },
  });
  for (const path of ['home?rows=20&limit=6', 'rows/trending?limit=10', 'rows/top-picks?limit=10']) {
    reads = 0;
    const rows = await rowsOf(bench, `/v1/profiles/p/${path}&country=US&explain=true`);
    assert.equal(reads, 1, path);
    for (const row of rows) {
      assert.ok(
        reasonsOf(row).every((reason) => reason.ranked),
        row.row,
      );
      const scores = reasonsOf(row).map(({ score }) => score);
      if (row.kind === 'continue-watching' || row.kind === 'my-list') continue;
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
        row.row,
      );
      assertAddsUp(row);
    }
  }
});

test('a title says how often it was shown, whether it is capped, and which filters it passed', async (t) => {
  const [often, once] = [TITLE_IDS[30]!, TITLE_IDS[33]!];
  const profiles: ProfileReader = {
    ...NOBODY,
    watchingOf: () => Promise.resolve(watcherOf(0, NOW)),
    memoryOf: () => Promise.resolve(memoryOfShown(often, once)),
  };
  const bench = await open(t, { profiles, settings: { capPerDay: '5' } }, [
    { rowId: 'popular', setting: 'keeps_cap', value: 0 },
    { rowId: '*', setting: 'length', value: 100 },
  ]);
  const reasonOf = async (row: string, title: string) => {
    const [found] = await rowsOf(bench, `/v1/profiles/p/rows/${row}?limit=60&country=US&explain=true`);
    return found!.items.find(({ titleId }) => titleId === title)?.explanation;
  };
  await until(async () => (await reasonOf('popular', often))?.policy.version === 1);
  const capped = (await reasonOf('popular', often))!;
  assert.deepEqual(
    [capped.caps.lastDay, capped.caps.capped, capped.caps.obeyed, Math.round(capped.caps.week!)],
    [7, true, false, 7],
  );
  assert.deepEqual(capped.filters, ['available', 'not-disliked', 'not-watched']);
  assert.ok(capped.seen < 0);
  assert.equal(await reasonOf('trending', often), undefined);
  const { caps, filters, policy, plays } = (await reasonOf('trending', once))!;
  assert.deepEqual([caps.lastDay, caps.capped, caps.obeyed], [1, false, true]);
  assert.deepEqual(filters, ['available', 'not-disliked', 'not-watched', 'not-capped', 'active-enough']);
  assert.deepEqual(policy, { version: 1, arm: null, team: null });
  assert.deepEqual(plays, { batch: 40, speed: 0, total: 40 });
  assert.equal((await reasonOf('trending', TITLE_IDS[36]!))!.caps.lastDay, 0);
  // Of nobody in particular nothing is known.
  const [row] = await rowsOf(bench, '/v1/rows/top-picks?country=US&explain=true');
  const [reason] = reasonsOf(row!);
  assert.deepEqual([reason!.caps.lastDay, reason!.caps.week, reason!.caps.capped], [null, null, null]);
  assert.deepEqual(reason!.filters, ['available']);
});

test('a title of an interleaved row is explained by the policy that placed it', async (t) => {
  const titles = Array.from({ length: 8 }, (_, age) =>
    entry(`t${age}`, { launchTime: NOW - (age + 1) * DAY_MS }),
  );
  const bench = await createServingBench(t, titles);
  const at = (rowId: string, setting: string, value: number | string) => ({ rowId, setting, value });
  await publishPolicy(
    bench.repository,
    [
      at('*', 'diversity', 0),
      at('*', 'length', 4),
      at('*', 'minimum', 1),
      at('experiment:ages', 'arm_new', 1),
      at('experiment:ages', 'arm_old', 1),
      at('experiment:ages', 'interleaved', 'new-releases'),
      at('experiment:ages/new/new-releases', 'freshness', 2),
      at('experiment:ages/old/new-releases', 'freshness', -3),
    ],
    LOCAL,
  );
  await bench.start();
  const path = '/v1/profiles/p/rows/new-releases?explain=true';
  const policyVersion = async () => reasonsOf((await rowsOf(bench, path))[0]!)[0]?.policy.version;
  await until(async () => (await policyVersion()) === 1);
  for (const from of [path, '/v1/profiles/p/home?explain=true']) {
    const row = (await rowsOf(bench, from)).find(({ kind }) => kind === 'new-releases')!;
    const teams = reasonsOf(row).map(({ policy }) => policy.team);
    assert.ok(teams.includes('a') && teams.includes('b'), teams.join());
    for (const { policy, parts } of reasonsOf(row)) {
      const freshness = parts.find(({ ingredient }) => ingredient === 'freshness')!;
      assert.equal(freshness.weight, policy.team === 'a' ? 2 : -3);
      assert.deepEqual([policy.version, policy.arm], [1, 'ages']);
    }
    assertAddsUp(row);
  }
});

test('what was not ranked for the answer says so, and what stands in the place of another is explained by its own ranking', async (t) => {
  const stored: { rows?: NearlineRows } = {};
  const bench = await open(t, {
    profiles: { ...NOBODY, watchingOf: away, memoryOf: away, rowsOf: () => Promise.resolve(stored.rows) },
  });
  const [profile] = interactions.profiles;
  for (const path of ['home?limit=5', 'rows/top-picks?limit=5']) {
    const found = await rowsOf(bench, `/v1/profiles/${profile}/${path}&country=US&explain=true`);
    for (const row of found) {
      const isAhead = row.kind === 'top-picks';
      for (const { ranked, parts, policy, filters } of reasonsOf(row)) {
        assert.equal(ranked, !isAhead, row.row);
        if (isAhead) assert.deepEqual([parts, policy.version], [[], null]);
        assert.deepEqual(filters[0], 'available');
      }
    }
  }
  // Titles that the row would have if it were ranked now.
  stored.rows = {
    ...{ kinds: ['trending'], subjects: [''], starts: [0, 3], titles: TITLE_IDS.slice(1, 4) },
    scores: Float32Array.of(0.75, 0.5, 0.25),
    cause: { topic: 'plays', partition: 0, offset: 7, appendTime: NOW, eventTime: NOW },
    versions: { itemFactors: 1, neighbours: null, rankingPolicy: null },
  };
  for (const path of ['home?limit=60', 'rows/trending?limit=60']) {
    const found = await rowsOf(bench, `/v1/profiles/${profile}/${path}&country=US&explain=true`);
    const row = found.find(({ kind }) => kind === 'trending')!;
    assert.deepEqual(
      reasonsOf(row).map(({ ranked, score }) => [ranked, score]),
      [
        [false, 0.75],
        [false, 0.5],
        [false, 0.25],
      ],
    );
  }
  const [instead] = await rowsOf(bench, '/v1/rows/because-you-watched?country=US&explain=true');
  for (const { ranked, parts } of reasonsOf(instead!)) {
    assert.ok(ranked);
    assert.ok(parts.some(({ ingredient }) => ingredient === 'popularity'));
  }
});
