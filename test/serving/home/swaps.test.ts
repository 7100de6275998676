import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { TrainedFactors } from '../../../domain/ranking/model-columns.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { ITEM_FACTORS_VIEW } from '../../../infra/views/factors.ts';
import {
  homeAnswer,
  pageRowAnswer,
  type HomeAnswer,
  type PageRowAnswer,
} from '../../../serving/home/schemas.ts';
import { publishTables } from '../../support/model-views.ts';
import { publishPopularity } from '../../support/popularity.ts';
import {
  BLOCK_SIZE,
  createServingBench,
  entry,
  NOBODY,
  NOW,
  type ServingBench,
} from '../../support/serving.ts';
import { factorTables } from '../../support/taste-views.ts';
import { countsAt, tasteOfTitle, TITLE_IDS, watcherOf } from '../../support/tastes.ts';
import { until } from '../../support/until.ts';

const SWAPS = 12;
const READERS = 4;
const LONGEST_MS = 20_000;
/** A profile takes so long to be read, so that versions swap under pages that have begun. */
const SLOWEST_READ_MS = 12;
const WATCHED = new Set<string>(watcherOf(0, NOW).titles);
/** One taste by odd versions, the other by even ones: no title is of both. */
const tasteOfVersion = (version: number): number => 1 + (version % 2);

/** Who watched what `watcherOf(0)` did likes the titles of one taste and no other. */
function factorsOf(version: number): TrainedFactors {
  const isLiked = (id: string): boolean => WATCHED.has(id) || tasteOfTitle(id) === tasteOfVersion(version);
  return {
    ids: TITLE_IDS,
    width: 2,
    values: Float32Array.from(TITLE_IDS.flatMap((id) => (isLiked(id) ? [1, 0] : [0, 1]))),
    regularisation: { strength: 0.01, exponent: 0, unobservedWeight: 0.1 },
  };
}

async function open(t: TestContext) {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const launchTime = Date.parse('2026-01-01T00:00:00Z');
  const bench = await createServingBench(
    t,
    TITLE_IDS.map((id) => entry(id, { launchTime })),
  );
  await publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, rows: countsAt(NOW), asOf: new Date(NOW).toISOString() },
    cut: { plays: [0, 0], impressions: [0, 0] },
  });
  const publish = (version: number) =>
    publishTables(bench.repository, duckdb, ITEM_FACTORS_VIEW, factorTables(factorsOf(version)));
  await publish(1);
  let reads = 0;
  await bench.start({
    profiles: {
      ...NOBODY,
      async watchingOf() {
        await sleep(reads++ % SLOWEST_READ_MS);
        return watcherOf(0, NOW);
      },
    },
    settings: { pollIntervalMs: '50', homeProfileDeadlineMs: '10000', profilesDeadlineMs: '10000' },
  });
  return { bench, publish };
}

interface Seen {
  readonly faults: string[];
  /** Pages by version. */
  readonly versions: Map<number, number>;
}

/** Holds the top picks of an answer against the version that it says they are of. */
function judge(
  { views, personal }: HomeAnswer | PageRowAnswer,
  row: HomeAnswer['rows'][number] | undefined,
  seen: Seen,
): void {
  const version = views[ITEM_FACTORS_VIEW] ?? 0;
  const ids = row?.items.map(({ titleId }) => titleId) ?? [];
  seen.versions.set(version, (seen.versions.get(version) ?? 0) + 1);
  const others = ids.filter((id) => tasteOfTitle(id) !== tasteOfVersion(version));
  if (ids.length === 0 || others.length > 0 || personal.mode !== 'online')
    seen.faults.push(`version ${version}, ${personal.mode}: ${others.length} of ${ids.join(' ')}`);
}

/** Pages and rows alone in turn, with and without Express. */
async function readOne(bench: ServingBench, turn: number, seen: Seen): Promise<void> {
  const isPage = turn % 2 === 0;
  const path = isPage ? 'home?rows=6&' : 'rows/top-picks?';
  const encoding = turn % 4 < 2 ? 'identity' : 'gzip';
  const response = await bench.fetch(`/v1/profiles/p-${turn % 7}/${path}country=US&limit=6`, {
    headers: { 'accept-encoding': encoding },
  });
  assert.equal(response.status, 200);
  const body: unknown = await response.json();
  if (isPage) {
    const page = homeAnswer.strict().parse(body);
    judge(
      page,
      page.rows.find(({ kind }) => kind === 'top-picks'),
      seen,
    );
  } else {
    const answer = pageRowAnswer.strict().parse(body);
    judge(answer, answer.row, seen);
  }
}

test('top picks are of the version that their answer names, while versions of another taste swap under the requests', async (t) => {
  const { bench, publish } = await open(t);
  const seen: Seen = { faults: [], versions: new Map() };
  let isOver = false;
  const readers = Array.from({ length: READERS }, async (_, reader) => {
    for (let turn = reader; !isOver; turn++) await readOne(bench, turn, seen);
  });
  try {
    for (let version = 1; version <= 1 + SWAPS; version++) {
      if (version > 1) await publish(version);
      await until(() => seen.versions.has(version), LONGEST_MS, 5);
    }
  } finally {
    isOver = true;
    await Promise.all(readers);
  }
  assert.deepEqual(seen.faults.slice(0, 5), []);
  assert.equal(seen.versions.size, 1 + SWAPS);
});
