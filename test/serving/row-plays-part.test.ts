import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributedPlay } from '../../domain/attribution/pending.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { publishPopularity } from '../support/popularity.ts';
import { CATALOGUE, publishSpeed, ROWS, VIEW } from '../support/serving-counts.ts';
import { createServingBench, NOW } from '../support/serving.ts';
import { until } from '../support/until.ts';

const codec = createCleanCodec();

function upsert(change: Partial<AttributedPlay>): { key: Buffer; value: Buffer } {
  const record: AttributedPlay = {
    ...{
      upsertKey: '1/p/a',
      version: 1,
      appendTime: NOW,
      profileId: 'p',
      playId: 'a',
      titleId: 'b',
      country: 'DE',
    },
    ...{ eventTime: NOW, timeStatus: 'ok', source: 'row', row: 'search', rank: 2, isFinal: 0 },
    ...change,
  };
  return { key: Buffer.from('p'), value: codec.encodeDerived('attributed-plays', record) };
}

test('counts show plays by row beside impressions by row, where the newest upserts say', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  await bench.attributedPlays.append(0, [upsert({}), upsert({ upsertKey: '1/p/b', appendTime: NOW - 5000 })]);
  await bench.attributedPlays.append(1, [
    upsert({ upsertKey: '1/q/a' }),
    { key: Buffer.from('p'), value: Buffer.from('no upsert') },
    upsert({ upsertKey: '1/q/a', version: 2, row: 'popular' }),
  ]);
  await bench.start();
  const playsOf = async (title: string) =>
    (await bench.counts(title)).byRow?.map(({ row, plays }) => [row, plays]).sort();
  const [shownIn] = (await bench.counts('b')).byRow ?? [];
  assert.ok(shownIn !== undefined && shownIn.impressions.total > 0);
  assert.deepEqual(
    await playsOf('b'),
    [
      ['popular', 1],
      ['search', 2],
      ...(['popular', 'search'].includes(shownIn.row) ? [] : [[shownIn.row, 0]]),
    ].sort(),
  );
  assert.equal((await bench.counts('b')).rowPlaysSince, new Date(NOW - 5000).toISOString());
  await bench.attributedPlays.append(0, [upsert({ version: 3, row: 'popular', isFinal: 1 })]);
  await until(async () => (await bench.counts('b')).byRow?.find(({ row }) => row === 'popular')?.plays === 2);
  assert.equal((await bench.counts('b')).byRow?.find(({ row }) => row === 'search')?.plays, 1);
  assert.deepEqual([(await bench.counts('b?country=DE')).byRow], [null]);
  assert.match(await bench.text('/metrics'), /marquee_row_plays_refused_records\S* 1\n/);
});

test('while attributed plays cannot be read plays by row are not known, and nothing else waits for them', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await publishSpeed(bench);
  bench.attributedPlays.isUp = false;
  await bench.start();
  const { byRow, rowPlaysSince, source } = await bench.counts('b');
  assert.deepEqual([source, rowPlaysSince], ['merged', null]);
  assert.ok(byRow !== null && byRow.length > 0);
  assert.ok(byRow.every(({ plays }) => plays === null));
});
