import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { viewName } from '../../../domain/views.ts';
import { entryAnswer } from '../../../serving/entries/schemas.ts';
import { createServingBench, entry } from '../../support/serving.ts';
import { publishTable, type Table } from '../../support/side-views.ts';
import { until } from '../../support/until.ts';

const VIEW = viewName('plays-by-hour');
const HOME = region('local');
const TABLE: Table = {
  view: VIEW,
  part: 'rows',
  key: ['country', 'hour'],
  columns: { country: 'VARCHAR', hour: 'TIMESTAMP', plays: 'BIGINT' },
  rows: [
    ["'DE'", "'2026-01-01 10:00:00'", '4'],
    ["'DE'", "'2026-01-01 11:00:00'", '5'],
    ["'a,b%'", "'2026-01-01 10:00:00'", '6'],
  ],
};
const SERVED = { entryViews: 'plays-by-hour, by-profile', pollIntervalMs: '50', entryDeadlineMs: '30000' };

test('an entry is found by its whole key, or all that begin with the first of it', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await publishTable(bench.repository, TABLE, HOME);
  await bench.start({ settings: SERVED });
  const get = (key: string) => bench.get(`/v1/views/${VIEW}/${key}`);
  const ask = async (key: string) => entryAnswer.parse((await get(key)).body);
  const playsOf = async (key: string) => (await ask(key)).parts['rows']!.map((row) => row['plays']);
  const codeOf = async (key: string) => (await get(key)).body['code'];
  await until(async () => (await codeOf('DE')) !== 'ENTRIES_UNAVAILABLE');
  const one = { country: 'DE', hour: '2026-01-01 11:00:00', plays: 5 };
  const { view, version, key: asked, parts, truncated } = await ask('DE,2026-01-01T11:00:00');
  assert.deepEqual([view, version, parts, truncated], [VIEW, 1, { rows: [one] }, false]);
  assert.deepEqual(asked, { country: 'DE', hour: '2026-01-01T11:00:00' });
  assert.deepEqual(await playsOf('DE'), [4, 5]);
  // A comma of a value is encoded once for itself and once for the path.
  const odd = encodeURIComponent(`${encodeURIComponent('a,b%')},2026-01-01T10:00:00`);
  assert.deepEqual(await playsOf(odd), [6]);
  const refused = [
    ['FR', 'ENTRY_NOT_FOUND'],
    ['DE,yesterday', 'ENTRY_NOT_FOUND'],
    ["DE' OR 1=1 --", 'ENTRY_NOT_FOUND'],
    ['DE,2026-01-01T11:00:00,5', 'REQUEST_INVALID'],
    ['%25', 'REQUEST_INVALID'],
  ] as const;
  for (const [key, code] of refused) assert.equal(await codeOf(key.replaceAll(' ', '%20')), code, key);
});

test('another version answers as soon as it is announced, and an answer is of one version', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await publishTable(bench.repository, TABLE, HOME);
  await bench.start({ settings: SERVED });
  const ask = async () => (await bench.get(`/v1/views/${VIEW}/DE`)).body;
  await until(async () => (await ask())['version'] === 1);
  const rows = TABLE.rows.map(([country, hour]) => [country!, hour!, '9']);
  for (let version = 2; version <= 5; version += 1) {
    const asked = Array.from({ length: 20 }, ask);
    await publishTable(bench.repository, { ...TABLE, rows }, HOME);
    asked.push(...Array.from({ length: 20 }, ask));
    for (const answer of (await Promise.all(asked)).map((body) => entryAnswer.parse(body)))
      assert.deepEqual(
        answer.parts['rows']!.map((row) => row['plays']),
        answer.version === 1 ? [4, 5] : [9, 9],
      );
    await until(async () => (await ask())['version'] === version);
  }
});

test('nothing is open that is not named, and nothing of profiles is, named or not', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  const byProfile = { ...TABLE, view: viewName('by-profile'), key: ['profile_id'] };
  await publishTable(
    bench.repository,
    { ...byProfile, columns: { profile_id: 'VARCHAR', plays: 'BIGINT' }, rows: [["'p'", '1']] },
    HOME,
  );
  await publishTable(bench.repository, TABLE, HOME);
  await publishTable(bench.repository, { ...TABLE, view: viewName('not-named') }, HOME);
  await bench.start({ settings: SERVED });
  const codeOf = async (path: string) => (await bench.get(`/v1/views/${path}`)).body['code'];
  await until(async () => (await codeOf(`${VIEW}/DE`)) === undefined);
  assert.equal(await codeOf('not-named/DE'), 'ENTRIES_NOT_SERVED');
  assert.equal(await codeOf('by-profile/p'), 'ENTRIES_UNAVAILABLE');
  await bench.stop();
  await bench.start({ settings: { pollIntervalMs: '50' } });
  assert.equal(await codeOf(`${VIEW}/DE`), 'ENTRIES_NOT_SERVED');
});

test('the start of a key that has many rows is cut, and says so', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await publishTable(bench.repository, TABLE, HOME);
  await bench.start({ settings: { ...SERVED, entryRows: '1' } });
  await until(async () => (await bench.get(`/v1/views/${VIEW}/DE`)).status === 200);
  const { parts, truncated } = entryAnswer.parse((await bench.get(`/v1/views/${VIEW}/DE`)).body);
  assert.deepEqual([parts['rows']!.length, truncated], [1, true]);
});
