import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishPopularity } from '../support/popularity.ts';
import { CATALOGUE, publishSpeed, ROWS, VIEW } from '../support/serving-counts.ts';
import { BLOCK_SIZE, createServingBench, type ServingBench } from '../support/serving.ts';
import { until } from '../support/until.ts';

/** Lets the next turn of asking for ends pass. */
async function heardAgain(bench: ServingBench): Promise<void> {
  const { turns } = bench.cleanLog;
  await until(() => bench.cleanLog.turns >= turns + 4);
}

test('answers tell how far the watermark is behind the end of the log', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  bench.cleanLog.ends.plays = [2 * BLOCK_SIZE + 4 + 30, 2];
  bench.cleanLog.ends.impressions = [0, 6];
  await bench.start();
  for (const body of [await bench.counts('b'), await bench.row('popular')]) {
    assert.deepEqual(body.behind, {
      plays: { records: 32, ageMs: 0 },
      impressions: { records: 0, ageMs: 0 },
    });
    assert.deepEqual([body.complete, body.incompleteReason, body.silent], [true, null, []]);
  }
  assert.match(await bench.text('/metrics'), /^marquee_speed_behind_records\{topic="plays"\} 32$/m);
});

test('while the speed lane is silent nothing is called complete and take rates are withheld, until it goes on', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  bench.cleanLog.ends.plays = [2 * BLOCK_SIZE + 5, 0];
  await bench.start();
  await heardAgain(bench);
  // Nobody asks for an answer in the meantime.
  for (let second = 0; second < 11; second++) {
    bench.clock.now += 1000;
    bench.speedView.answer();
    await heardAgain(bench);
  }
  const counts = await bench.counts('b');
  for (const body of [counts, await bench.row('popular'), await bench.row('trending')]) {
    assert.deepEqual([body.source, body.complete], ['merged', false]);
    assert.equal(body.incompleteReason, 'speed lane is silent (plays/0)');
    assert.equal(body.takeRateReason, body.incompleteReason);
    assert.deepEqual(body.silent, [{ topic: 'plays', partition: 0 }]);
    assert.deepEqual(body.holes, []);
  }
  assert.equal(counts.takeRate, null);
  assert.deepEqual(counts.plays.total, 5 + BLOCK_SIZE, 'what was counted is still told');
  const rates = (await bench.row('popular')).items.map(({ takeRate }) => takeRate);
  assert.deepEqual(new Set(rates), new Set([null]));
  assert.match(await bench.text('/metrics'), /^marquee_speed_silent_partitions 1$/m);
  await publishSpeed(bench, 5);
  const after = await bench.counts('b');
  assert.deepEqual([after.complete, after.incompleteReason, after.silent], [true, null, []]);
  assert.equal(typeof after.takeRate, 'number');
});

test('a title that nothing was counted of is not called unknown while the speed lane is silent', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  bench.cleanLog.ends.plays = [1, 0];
  await bench.start();
  assert.equal((await bench.get('/v1/titles/new/counts')).status, 404);
  bench.clock.now += 11_000;
  bench.speedView.answer();
  const body = await bench.counts('new');
  assert.deepEqual([body.plays.total, body.complete], [0, false]);
});

test('an end of the log that was not heard for long is no ground to call an answer complete', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  bench.cleanLog.isUp = false;
  await bench.start({ settings: { startGraceMs: '200' } });
  const never = await bench.counts('b');
  assert.deepEqual([never.source, never.complete], ['merged', false]);
  assert.deepEqual(never.behind, { plays: null, impressions: null });
  assert.match(never.incompleteReason ?? '', /the end of plays is not known yet/);
  bench.cleanLog.isUp = true;
  await until(async () => (await bench.counts('b')).complete);
  bench.cleanLog.isUp = false;
  await heardAgain(bench);
  bench.clock.now += 12_000;
  bench.speedView.answer();
  const later = await bench.counts('b');
  assert.equal(later.complete, false);
  assert.match(later.incompleteReason ?? '', /the end of plays was not heard for 12 s/);
  assert.equal(later.behind.plays?.ageMs, 12_000);
});
