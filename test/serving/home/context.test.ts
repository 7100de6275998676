import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { GENRE_CONTEXTS_VIEW } from '../../../infra/views/genre-contexts.ts';
import { pageRowAnswer } from '../../../serving/home/schemas.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { until } from '../../support/until.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, NOW } from '../../support/serving.ts';
import { publishPolicy, publishTable, type Table } from '../../support/side-views.ts';
import { CATALOGUE, countsAt, tasteOfTitle } from '../../support/tastes.ts';

/** Genres of the catalogue, by taste. */
const [DRAMA, HORROR] = [0, 1] as const;
const HOME = region('local');
const HOUR = Math.floor(NOW / HOUR_MS) % 24;

/** At this hour dramas are played on phones and horror on television, elsewhere in the day comedies on both. */
const CONTEXTS: Table = {
  ...{ view: GENRE_CONTEXTS_VIEW, part: 'rows' },
  columns: { country: 'VARCHAR', device: 'VARCHAR', hour: 'INTEGER', genre: 'VARCHAR', plays: 'BIGINT' },
  rows: [
    ['phone', HOUR, 'Drama'],
    ['tv', HOUR, 'Horror'],
    ['phone', (HOUR + 12) % 24, 'Comedy'],
    ['tv', (HOUR + 12) % 24, 'Comedy'],
  ].map(([device, hour, genre]) => [`'US'`, `'${device}'`, String(hour), `'${genre}'`, '1000']),
};

test('what is watched at this hour and on this device leads, once a policy gives it weight', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const cut = { plays: [0, 0], impressions: [0, 0] };
  const asOf = new Date(NOW).toISOString();
  await publishPopularity(bench.repository, { blockSize: BLOCK_SIZE, cut, asOf, rows: countsAt(NOW) });
  await publishTable(bench.repository, CONTEXTS, HOME);
  await bench.start({ settings: { pollIntervalMs: '50' } });

  const leading = async (device: string, more = '') => {
    const { body } = await bench.get(
      `/v1/profiles/somebody/rows/trending?country=US&limit=10&device=${device}${more}`,
    );
    const { row, inputs, views } = pageRowAnswer.strict().parse(body);
    const tastes = new Set(row.items.map(({ titleId }) => tasteOfTitle(titleId)));
    const used = inputs.map(({ input }) => input);
    return {
      ...{ tastes: [...tastes], views },
      isUsed: ['hour', 'device', GENRE_CONTEXTS_VIEW].map((name) => used.includes(name)),
    };
  };

  const unweighed = await leading('tv');
  assert.deepEqual([unweighed.views[GENRE_CONTEXTS_VIEW], unweighed.isUsed], [1, [false, false, false]]);
  assert.ok(unweighed.tastes.length > 1, 'every title trends alike');

  await publishPolicy(bench.repository, [{ rowId: 'trending', setting: 'context', value: 5 }], HOME);
  await until(async () => (await leading('tv')).views['ranking-policy'] === 1);
  const [onTv, onPhone] = [await leading('tv'), await leading('phone')];
  assert.deepEqual([onTv.tastes, onTv.isUsed], [[HORROR], [true, true, true]]);
  assert.deepEqual(onPhone.tastes, [DRAMA]);
  assert.deepEqual((await leading('tv', `&hour=${HOUR}`)).tastes, [HORROR]);
  const atNight = await leading('tv', `&hour=${(HOUR + 12) % 24}`);
  assert.ok(!atNight.tastes.includes(HORROR) && atNight.isUsed[0], atNight.tastes.join());
});
