import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readArms, readTeams } from '../../../batch/experiments/read.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { LakeTable } from '../../../infra/lake/tables.ts';
import { createTableLake } from '../../support/table-lake.ts';

const SINCE = Date.parse('2026-11-01T00:00:00Z');
const AT = `TIMESTAMP '2026-11-02 12:00:00'`;
const BEFORE = `TIMESTAMP '2026-10-30 12:00:00'`;

const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
after(() => duckdb.close());
const lake = await createTableLake(duckdb);

const insert = (table: LakeTable, rows: readonly string[]): Promise<void> =>
  lake.read((connection) =>
    connection.run(`INSERT INTO ${lake.reference(table)} BY NAME ${rows.join(' UNION ALL BY NAME ')}`),
  );
const served = (
  id: string,
  profile: string,
  arms: string | null,
  {
    row = 'trending',
    titles = 't1',
    teams = null,
    at = AT,
  }: { row?: string; titles?: string; teams?: string | null; at?: string } = {},
): string =>
  `SELECT '${id}' AS recommendation_id, '${profile}' AS profile_id, '${id}/${row}' AS upsert_key, 0 AS version, 0 AS "offset",
    '${row}' AS "row", replace('${titles}', ' ', chr(10)) AS titles, ${quoted(arms)} AS arms, ${quoted(teams)} AS teams,
    ${at} AS event_time, ${at} AS append_time`;
const quoted = (text: string | null): string => (text === null ? 'NULL::VARCHAR' : `'${text}'`);
const seen = (id: string, profile: string, count: number, origin: string | null = null): string =>
  `SELECT 'impression' AS kind, '${id}' AS recommendation_id, '${profile}' AS profile_id,
    ${quoted(origin)} AS origin, ${AT} AS append_time FROM range(${count})`;
const played = (
  id: string,
  profile: string,
  playId: string,
  title = 't1',
  root: string | null = null,
): string =>
  `SELECT 'play_start' AS kind, '${id}' AS recommendation_id, '${profile}' AS profile_id, '${playId}' AS play_id,
    '${playId}' AS event_id, '${title}' AS title_id, ${quoted(root)} AS root_title_id, ${AT} AS append_time`;

test('what was seen and played of an answer counts for the arm that it was served to, once', async () => {
  await insert('served_rows', [
    served('r1', 'p1', 'taste=strong,zeal=a'),
    served('r1', 'p1', 'taste=strong,zeal=a', { row: 'popular' }),
    served('r1', 'p1', 'taste=strong,zeal=a'),
    served('r2', 'p2', 'aftertaste=x,taste=control'),
    served('r3', 'p3', 'taste=control'),
    served('r4', 'p1', 'taste=control'),
    // Long ago, in another experiment, and in none.
    served('r5', 'p4', 'taste=control', { at: BEFORE }),
    served('r6', 'p5', 'zeal=b'),
    served('r7', 'p6', null),
  ]);
  await insert('impressions', [
    ...[
      seen('r1', 'p1', 10),
      seen('r1', 'p1', 7, 'synthetic'),
      seen('r2', 'p2', 4),
      seen('r2', 'p2', 2, 'explicit'),
    ],
    // Somebody else's answer, quoted.
    seen('r2', 'p1', 100),
    ...[seen('r5', 'p4', 5), seen('r6', 'p5', 5), seen('r7', 'p6', 5)],
  ]);
  await insert('plays', [
    ...[played('r1', 'p1', 'a'), played('r1', 'p1', 'a'), played('r1', 'p1', 'b'), played('r2', 'p2', 'c')],
    ...[played('r2', 'p1', 'd'), played('r7', 'p6', 'e')],
  ]);
  assert.deepEqual(await readArms(lake, 'taste', SINCE), {
    moved: 1,
    sums: [
      { arm: 'control', profiles: 3, x: 6, y: 1, xx: 36, xy: 6, yy: 1 },
      { arm: 'strong', profiles: 1, x: 10, y: 2, xx: 100, xy: 20, yy: 4 },
    ],
  });
  assert.deepEqual(await readArms(lake, 'nothing', SINCE), { moved: 0, sums: [] });
});

test('a play in an interleaved row counts for whose choice the title was, an episode as its series', async () => {
  await insert('served_rows', [
    served('i1', 'p1', null, { row: 'genre:Drama', titles: 't1 t2 s3', teams: 'aba' }),
    served('i2', 'p2', null, { row: 'genre', titles: 't1 t2', teams: 'ba' }),
    served('i3', 'p3', null, { row: 'trending', titles: 't1', teams: 'a' }),
  ]);
  await insert('plays', [
    ...[
      played('i1', 'p1', 'k', 't2'),
      played('i1', 'p1', 'l', 'e1', 's3'),
      played('i1', 'p1', 'm', 'elsewhere'),
    ],
    ...[played('i2', 'p2', 'n', 't1'), played('i3', 'p3', 'o', 't1')],
  ]);
  assert.deepEqual(await readTeams(lake, 'genre', SINCE), [
    { a: 1, b: 1 },
    { a: 0, b: 1 },
  ]);
});
