import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { viewName, viewVersion } from '../../domain/views.ts';
import { instanceOf } from '../../serving/serving.ts';
import { publishPopularity } from '../support/popularity.ts';
import { BUCKET, CATALOGUE, publishSpeed, ROWS, VIEW } from '../support/serving-counts.ts';
import { BLOCK_SIZE, createServingBench } from '../support/serving.ts';
import { repeated, speedRecordsOf } from '../support/speed-records.ts';
import { until } from '../support/until.ts';

const idsOf = (body: { items: readonly { titleId: string }[] }): string[] =>
  body.items.map(({ titleId }) => titleId);

test('counts are the batch part and the cells past the cut, and say how far both reach', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  await bench.start();
  const body = await bench.counts('b');
  assert.deepEqual(body.plays, { batch: 5, speed: BLOCK_SIZE, total: 5 + BLOCK_SIZE });
  assert.deepEqual(body.impressions, { batch: 10, speed: 7, total: 17 });
  assert.equal(body.source, 'merged');
  assert.equal(body.complete, true);
  assert.deepEqual(body.cut, { plays: [BLOCK_SIZE, 0], impressions: [0, 0] });
  assert.deepEqual(body.watermark, { plays: [2 * BLOCK_SIZE + 4, 0], impressions: [0, 7] });
  assert.equal(body.cutAgeMs, 60_000);
  assert.equal(body.viewVersion, 1);
  assert.equal(typeof body.takeRate, 'number');
  const ofFrance = await bench.counts('a?country=FR');
  assert.deepEqual(ofFrance.plays, { batch: 0, speed: 4, total: 4 });
  const uncatalogued = await bench.counts('gone');
  assert.deepEqual([uncatalogued.name, uncatalogued.plays.total], [null, 99]);
  assert.equal((await bench.get('/v1/titles/never-heard-of/counts')).body['code'], 'TITLE_NOT_FOUND');
});

test('rows show what the catalogue has and the country may see, ranked by both lanes', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  await bench.start();
  const everywhere = await bench.row('popular');
  assert.deepEqual(idsOf(everywhere), ['de-only', 'b', 'a']);
  assert.deepEqual(
    everywhere.items.map(({ rank }) => rank),
    [0, 1, 2],
  );
  assert.match(everywhere.recommendationId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(idsOf(await bench.row('popular?country=FR')), ['a']);
  assert.deepEqual(idsOf(await bench.row('popular?limit=1')), ['de-only']);
  const trending = await bench.row('trending?window=1h&country=DE');
  assert.deepEqual(idsOf(trending), ['de-only', 'b', 'a']);
  assert.equal(trending.source, 'merged');
  assert.equal(trending.items[1]?.plays, 5 + BLOCK_SIZE);
});

test('a new view comes with its cut, so no total changes when the same events move to batch', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  await bench.start();
  const before = await bench.counts('b');
  const moved = ROWS.map((row) => (row.title === 'b' ? { ...row, plays: row.plays + BLOCK_SIZE } : row));
  const cut = { plays: [2 * BLOCK_SIZE, 0], impressions: [0, 0] };
  await publishPopularity(bench.repository, { ...VIEW, cut, rows: moved });
  await bench.announcements.append(0, [{ key: Buffer.from('popularity'), value: Buffer.from('{}') }]);
  await until(async () => (await bench.counts('b')).viewVersion === 2);
  const after = await bench.counts('b');
  assert.deepEqual(after.plays, { batch: 5 + BLOCK_SIZE, speed: 0, total: before.plays.total });
  assert.equal(after.complete, true);
});

test('a block removed from the speed view makes answers incomplete, and take rates are withheld', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  await bench.start();
  const shape = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE } as const;
  const all = speedRecordsOf(shape, repeated(2 * BLOCK_SIZE, { title: 'b', country: 'DE', bucket: BUCKET }));
  const tombstones = all.filter(({ value }) => value?.block === 1).map(({ key }) => ({ key, value: null }));
  await bench.publishSpeed('plays', 0, tombstones);
  const body = await bench.counts('b');
  assert.equal(body.complete, false);
  assert.equal(body.takeRate, null);
  assert.match(body.takeRateReason ?? '', /1 blocks of the speed view are missing/);
  assert.deepEqual(body.holes, [{ topic: 'plays', partition: 0, block: 1 }]);
  const row = await bench.row('popular');
  assert.equal(row.complete, false);
  assert.deepEqual(new Set(row.items.map((item) => item.takeRate)), new Set([null]));
  assert.equal(row.takeRateReason, body.takeRateReason);
  assert.equal(row.incompleteReason, body.incompleteReason);
  assert.match(await bench.text('/metrics'), /^marquee_speed_holes 1$/m);
});

test('workers of one port, and processes whose port the system chooses, keep their copies apart', () => {
  assert.equal(instanceOf(4000, 0, 7), '4000');
  assert.equal(instanceOf(4000, 2, 7), '4000-2');
  assert.notEqual(instanceOf(0, 0, 7), instanceOf(0, 0, 8));
});

test('a process whose port the system chooses writes to a folder of its own', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.start({ settings: { port: '0' } });
  const folders = await readdir(join(dirname(bench.cataloguePath), 'serving'));
  assert.deepEqual(folders, [`0-${process.pid}`]);
});

test('a corrupt part is refused and the version before keeps serving', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.start();
  await publishPopularity(bench.repository, { ...VIEW, rows: [] });
  const key = 'local/views/popularity/versions/00000002/parts/totals.parquet';
  const found = await bench.store.get(key);
  const damaged = Uint8Array.from(found!.body, (byte, index) => (index === 40 ? byte ^ 0xff : byte));
  await bench.store.put(key, damaged);
  await bench.announcements.append(0, [{ key: Buffer.from('popularity'), value: Buffer.from('{}') }]);
  await until(async () => (await bench.text('/metrics')).includes('marquee_view_refused_versions 1'));
  const body = await bench.counts('a');
  assert.equal(body.viewVersion, 1);
  assert.equal(body.source, 'merged');
  assert.equal(body.plays.batch, 10);
});

test('with every server gone it starts from the last good copy on disk and says so', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.start();
  await bench.stop();
  bench.store.isUp = false;
  bench.speedView.isUp = bench.announcements.isUp = false;
  bench.clock.now += 3 * 24 * 3600_000;
  await bench.start();
  for (const path of ['trending', 'popular', 'trending?window=24h&country=DE']) {
    const body = await bench.row(path);
    assert.equal(body.source, 'fallback');
    assert.match(body.fallbackReason ?? '', /last good copy on disk/);
    assert.ok(body.items.length > 0);
    assert.equal(body.viewVersion, 1);
  }
  assert.equal((await bench.get('/readyz')).status, 200);
  const body = await bench.counts('a');
  assert.deepEqual([body.plays.total, body.complete, body.takeRate], [10, false, null]);
});

test('a copy on disk that is damaged is discarded, and the catalogue answers', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.start();
  await bench.stop();
  const folder = join(dirname(bench.cataloguePath), 'serving');
  const names = await readdir(folder, { recursive: true });
  const part = names.find((name) => name.endsWith('totals.parquet'));
  await writeFile(join(folder, part!), 'damaged');
  bench.store.isUp = false;
  bench.speedView.isUp = false;
  await bench.start();
  const body = await bench.row('popular');
  assert.equal(body.source, 'fallback');
  assert.match(body.fallbackReason ?? '', /no view can be read \(OBJECT_STORE_UNAVAILABLE\)/);
  assert.ok(body.items.length > 0);
});

test('before anything was published the catalogue answers and says so', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  for (const path of ['trending', 'popular']) {
    const body = await bench.row(path);
    assert.deepEqual([body.source, body.fallbackReason], ['fallback', 'nothing published yet']);
    assert.equal(body.items.length, 3);
  }
  assert.deepEqual(idsOf(await bench.row('popular?country=FR')), ['a', 'b']);
  await publishSpeed(bench);
  const body = await bench.counts('b');
  assert.deepEqual(body.plays, { batch: 0, speed: BLOCK_SIZE, total: BLOCK_SIZE });
  assert.equal(body.complete, true);
});

test('without Kafka rows come from the batch view alone, at the start as well as later, until it is back', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  bench.speedView.isUp = false;
  await bench.start();
  const never = await bench.counts('b');
  assert.deepEqual([never.source, never.plays.total, never.complete], ['batch', 5, false]);
  assert.match(never.fallbackReason ?? '', /has not been read to its end yet/);
  await bench.stop();
  bench.speedView.isUp = true;
  await bench.start();
  bench.clock.now += 9_000;
  assert.equal((await bench.row('popular')).source, 'merged');
  bench.clock.now += 2_000;
  const silent = await bench.row('popular');
  assert.equal(silent.source, 'batch');
  assert.match(silent.fallbackReason ?? '', /Kafka has not answered for 11 s/);
  assert.deepEqual(new Set(silent.items.map((item) => item.takeRate)), new Set([null]));
  assert.match(silent.takeRateReason ?? '', /Kafka has not answered for 11 s/);
  bench.speedView.answer();
  assert.equal((await bench.row('popular')).source, 'merged');
});

test('a view of other blocks or partitions is served alone, since its cut means nothing here', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, blockSize: 2 * BLOCK_SIZE, cut: {}, rows: ROWS });
  await publishSpeed(bench);
  await bench.start();
  const body = await bench.counts('b');
  assert.deepEqual([body.source, body.plays.total], ['batch', 5]);
  assert.match(body.fallbackReason ?? '', /blockSize 32, the speed view of 16/);
});

test('a pinned view that the speed view does not reach back to any more is served alone', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  const cut = { plays: [2 * BLOCK_SIZE, 0], impressions: [0, 0] };
  await publishPopularity(bench.repository, { ...VIEW, cut, rows: ROWS });
  await bench.repository.pin(viewName('popularity'), viewVersion(1));
  await bench.start();
  assert.equal((await bench.row('popular')).source, 'merged');
  const shape = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE } as const;
  const spent = speedRecordsOf(
    shape,
    repeated(2 * BLOCK_SIZE, { title: 'b', country: 'DE', bucket: BUCKET }),
  );
  await bench.publishSpeed(
    'plays',
    0,
    spent.map(({ key }) => ({ key, value: null })),
  );
  const body = await bench.counts('b');
  assert.deepEqual([body.viewVersion, body.source, body.complete, body.plays.total], [1, 'batch', false, 5]);
  assert.match(body.fallbackReason ?? '', /does not reach back to the pinned view/);
});

test('a window in which nothing happened is filled with popular titles, and says so', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const old = ROWS.map((row) => ({ ...row, bucket: BUCKET - 500 }));
  await publishPopularity(bench.repository, { ...VIEW, rows: old });
  await bench.start();
  const body = await bench.row('trending?window=5m');
  assert.deepEqual(idsOf(body), ['de-only', 'a', 'b']);
  assert.equal(body.source, 'fallback');
  assert.match(body.fallbackReason ?? '', /no title was active enough in the last 5m/);
});

test('what is served is reported, and records that are no speed records do not stop anything', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.start();
  await bench.speedView.append(0, [{ key: Buffer.from('plays/0/0/1/0'), value: Buffer.from('garbage') }]);
  await publishSpeed(bench);
  assert.equal((await bench.counts('b')).plays.speed, BLOCK_SIZE);
  await until(() => bench.sent.length > 0);
  const message = bench.sent.at(-1)?.messages[0];
  assert.equal(bench.sent.at(-1)?.topic, 'local.subscriber-status');
  assert.match(String(message?.key), /^popularity\/.+:\d+$/);
  const status = JSON.parse(String(message?.value)) as Record<string, unknown>;
  assert.deepEqual([status['view'], status['version'], status['pinned']], ['popularity', 1, null]);
  assert.ok('loadedAt' in status && 'lagMs' in status);
});
