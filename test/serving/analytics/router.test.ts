import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createPerformanceJob } from '../../../batch/performance/job.ts';
import { ROW_PERFORMANCE_VIEW } from '../../../domain/row-performance.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../../infra/hermes/repository.ts';
import {
  performedRowsAnswer,
  positionsAnswer,
  promotionsAnswer,
} from '../../../serving/analytics/schemas.ts';
import { homeAnswer } from '../../../serving/home/schemas.ts';
import { exampleManifest } from '../../support/object-store-views.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, entry, NOW } from '../../support/serving.ts';
import { createTableLake } from '../../support/table-lake.ts';
import { CATALOGUE, countsAt } from '../../support/tastes.ts';
import { until } from '../../support/until.ts';

/** As the worker makes it: a thousand sightings in each of two rows, a fifth and a twentieth of them taken if nothing else is said. */
async function publishPerformance(
  t: TestContext,
  repository: ViewRepository,
  takes = { trending: 200, popular: 50 },
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-analytics-'));
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  t.after(() => duckdb.close().then(() => rmSync(dir, { recursive: true })));
  const tables = await createTableLake(duckdb);
  const lake = { ...tables, snapshot: () => Promise.resolve('1') };
  const at = `epoch_ms(${NOW})`;
  await lake.read(async (connection) => {
    const shown = (row: string, count: number): string =>
      `SELECT 'impression' AS kind, 'a' AS title_id, '${row}' AS "row", 0 AS "rank", 'p' AS profile_id,
        CASE WHEN '${row}' = 'trending' THEN 'summer' END AS promotion_id, '${row}' || i AS event_id,
        ${at} AS append_time FROM range(${count}) r(i)`;
    const taken = (row: string, count: number): string =>
      `SELECT 'g1' AS generation, '${row}' || i AS upsert_key, 1 AS version, i AS "offset", 'a' AS title_id,
        'p' AS profile_id, '${row}' || i AS impression_id, '${row}' AS "row", 0 AS "rank", ${at} AS append_time
        FROM range(${count}) r(i)`;
    await connection.run(
      `INSERT INTO ${lake.reference('impressions')} BY NAME ${shown('trending', 1000)} UNION ALL ${shown('popular', 1000)}`,
    );
    await connection.run(
      `INSERT INTO ${lake.reference('attributed_plays')} BY NAME ${taken('trending', takes.trending)} UNION ALL ${taken('popular', takes.popular)}`,
    );
  });
  const job = createPerformanceJob({ lake });
  const parts = await job.compute((await job.plan())!, dir);
  const runId = randomUUID();
  const version = await repository.claimVersion(ROW_PERFORMANCE_VIEW, runId);
  for (const { name, path } of parts)
    await repository.putPart(ROW_PERFORMANCE_VIEW, version, name, readFileSync(path));
  await repository.putManifest({
    ...exampleManifest(ROW_PERFORMANCE_VIEW, version, {}, null),
    parts: parts.map(({ name, path, rows }) => {
      const body = readFileSync(path);
      return { name, rows, bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') };
    }),
  });
  await repository.verify(ROW_PERFORMANCE_VIEW, version);
  await repository.announce(ROW_PERFORMANCE_VIEW, version, { parent: null, runId });
}

test('rows, places and promotions are told of the announced version, with their intervals', async (t) => {
  const bench = await createServingBench(t, [entry('a', { launchTime: NOW - DAY_MS })]);
  await publishPerformance(t, bench.repository);
  await bench.start();
  await until(async () => (await bench.get('/v1/analytics/rows')).body['version'] === 1);
  const rows = performedRowsAnswer.strict().parse((await bench.get('/v1/analytics/rows')).body);
  assert.deepEqual(rows.rows.map(({ row, rate }) => [row, rate.value]).sort(), [
    ['popular', 0.05],
    ['trending', 0.2],
  ]);
  const places = positionsAnswer
    .strict()
    .parse((await bench.get('/v1/analytics/positions?row=trending')).body);
  assert.deepEqual(
    places.positions.map(({ position, shown, taken }) => [position, shown, taken]),
    [[0, 1000, 200]],
  );
  const { promotions } = promotionsAnswer
    .strict()
    .parse((await bench.get('/v1/analytics/promotions?promotion=summer')).body);
  assert.deepEqual(
    promotions.map(({ promotion, shown, taken }) => [promotion, shown, taken]),
    [['summer', 1000, 200]],
  );
  const { body } = await bench.get('/v1/analytics/launches?days=7');
  assert.deepEqual(
    (body['titles'] as { titleId: string; rate: unknown }[]).map(({ titleId, rate }) => [titleId, rate]),
    [['a', null]],
  );
  assert.deepEqual((await bench.get('/v1/analytics/unengaged')).body['titles'], []);
});

test('rows stand on a page as they do by the announced version', async (t) => {
  const orderWhere = async (takes: { trending: number; popular: number }): Promise<string[]> => {
    const bench = await createServingBench(t, CATALOGUE);
    await publishPopularity(bench.repository, {
      ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
      ...{ asOf: new Date(NOW).toISOString(), rows: countsAt(NOW) },
    });
    await publishPerformance(t, bench.repository, takes);
    await bench.start();
    await until(async () => (await bench.get('/v1/analytics/rows')).body['version'] === 1);
    const { rows } = homeAnswer.parse((await bench.get('/v1/home?country=US&rows=20')).body);
    return rows.map(({ kind }) => kind).filter((kind) => kind in takes);
  };
  assert.deepEqual(await orderWhere({ trending: 200, popular: 50 }), ['trending', 'popular']);
  assert.deepEqual(await orderWhere({ trending: 50, popular: 900 }), ['popular', 'trending']);
});

test('what is not a parameter is refused', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await bench.start();
  for (const path of [
    'rows?limit=1e9',
    'rows?limit=1&limit=9',
    'launches?days=0',
    'launches?country=__proto__',
    'unengaged?minimum=-1',
    `positions?row=${'x'.repeat(200)}`,
  ]) {
    const { status, body } = await bench.get(`/v1/analytics/${path}`);
    assert.deepEqual([path, status, body['code']], [path, 400, 'REQUEST_INVALID']);
  }
});
