import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { checkFolder, createDeclaredFolder } from '../../../batch/declared/folder.ts';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { viewName } from '../../../domain/views.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';

const HEAD = '-- key: title_id\n-- every: 1h\n';
const code = (wanted: ErrorCode) => (error: unknown) => isMarqueeError(error, wanted);
let duckdb: DuckDb;
let dir: string;

before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  dir = await mkdtemp(join(tmpdir(), 'marquee-declared-'));
});
after(async () => {
  await duckdb.close();
  await rm(dir, { recursive: true });
});

/** The faults of one file; its columns where there are none. */
async function check(sql: string, head = HEAD): Promise<string[]> {
  await writeFile(join(dir, 'one.sql'), `${head}${sql}`);
  const { views, faults } = await checkFolder(createDeclaredFolder(dir, []), duckdb);
  return faults.length > 0
    ? [...faults]
    : views.flatMap(({ columns }) => columns.map(({ name, type }) => `${name} ${type}`));
}

test('the schema of a view follows from its SQL, without a row and without a server', async () => {
  assert.deepEqual(await check('SELECT title_id, count(*) AS plays FROM plays GROUP BY ALL'), [
    'title_id VARCHAR',
    'plays BIGINT',
  ]);
  const joined = `WITH seen AS (SELECT title_id, count(*) AS n FROM impressions GROUP BY ALL)
    SELECT p.title_id, any_value(n) AS n FROM "Plays" p JOIN seen USING (title_id), unnest([1, 2]) AS u(x)
    WHERE p.append_time > epoch_ms(CAST($as_of_ms AS BIGINT)) GROUP BY ALL -- and so on`;
  assert.deepEqual(await check(joined), ['title_id VARCHAR', 'n BIGINT']);
});

const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['SELEC title_id FROM plays', /^one\.sql: .*syntax error/],
  ['SELECT title_id FROM playz', /there is no table playz; there is plays, impressions/],
  ['SELECT title_id FROM other.main.plays', /there is no table other\.main\.plays/],
  ["SELECT title_id FROM 'secrets.parquet'", /there is no table secrets\.parquet/],
  ["SELECT title_id FROM plays, read_csv('/etc/passwd')", /it reads from read_csv/],
  [
    "SELECT title_id, (SELECT content FROM read_text('/etc/passwd')) AS x FROM plays",
    /it reads from read_text/,
  ],
  ['SELECT secret_string AS title_id FROM duckdb_secrets()', /it reads from duckdb_secrets/],
  ['SELECT titel_id FROM plays', /one\.sql: Binder Error: .*titel_id/],
  ['SELECT count(*) AS plays FROM plays', /key title_id is none of its columns, which are plays/],
  ['SELECT title_id, count(*) FROM plays GROUP BY ALL', /column "count_star\(\)" has no usable name/],
  ['SELECT 1 AS title_id', /it reads no table of the lake/],
  ['SELECT title_id, now() AS t FROM plays', /it calls now/],
  ['SELECT title_id FROM plays ORDER BY random() LIMIT 1', /it calls random/],
  ['SELECT title_id FROM plays; DROP TABLE plays', /Only SELECT|statements/],
  ['DROP TABLE plays', /Only SELECT/],
  ["SELECT title_id FROM plays) TO '/tmp/x'; SELECT * FROM (SELECT 1", /syntax error|statements/],
];
for (const [sql, reason] of FAULTS)
  test(`refused before anything is scheduled: ${sql}`, async () => {
    const [first = '', ...more] = await check(sql);
    assert.match(first, reason);
    assert.deepEqual(more, []);
  });

test('all faults of all files come together, and good files are not kept from', async () => {
  const own = await mkdtemp(join(dir, 'several-'));
  for (const [name, text] of Object.entries({
    'fine.sql': `${HEAD}SELECT title_id FROM plays`,
    'keyless.sql': '-- every: 1h\nSELECT title_id FROM plays',
    'popularity.sql': `${HEAD}SELECT title_id FROM plays`,
    'Odd Name.sql': `${HEAD}SELECT title_id FROM plays`,
    'unknown.sql': `${HEAD}SELECT title_id FROM nothing`,
    'notes.md': 'no declaration',
  }))
    await writeFile(join(own, name), text);
  const folder = createDeclaredFolder(own, [viewName('popularity')]);
  const { views, faults } = await checkFolder(folder, duckdb);
  assert.deepEqual(
    views.map(({ view }) => view),
    ['fine'],
  );
  assert.deepEqual(
    faults.map((fault) => fault.split(':')[0]),
    [...['Odd Name.sql', 'keyless.sql', 'popularity.sql', 'unknown.sql']],
  );
  await assert.rejects(folder.find(viewName('gone')), code('DECLARATION_NOT_FOUND'));
  await assert.rejects(folder.find(viewName('keyless')), code('DECLARATION_INVALID'));
  await assert.rejects(folder.find(viewName('popularity')), code('DECLARATION_INVALID'));
  assert.equal((await folder.find(viewName('fine'))).everyMs, 3_600_000);
});

test('a folder that is not there is a fault, and none is none', async () => {
  const gone = await createDeclaredFolder(join(dir, 'gone'), []).read();
  assert.match(gone.faults.join(), /MARQUEE_VIEWS_DIR: .*ENOENT/);
  assert.deepEqual(await createDeclaredFolder(undefined, []).read(), { views: [], faults: [] });
});

test('the examples hold', async () => {
  const folder = createDeclaredFolder(resolve(import.meta.dirname, '../../../examples/declared-views'), []);
  const { views, faults } = await checkFolder(folder, duckdb);
  assert.deepEqual(
    [faults, views.map(({ view, key }) => [view, ...key])],
    [
      [],
      [
        ['genre-contexts', 'country', 'device', 'hour', 'genre'],
        ['plays-by-hour', 'country', 'hour_of_week'],
      ],
    ],
  );
});

test('the example that serving follows counts plays by country, device, hour and genre', async () => {
  const file = resolve(import.meta.dirname, '../../../examples/declared-views/genre-contexts.sql');
  const sql = await readFile(file, 'utf8');
  const counted = await duckdb.use(async (connection) => {
    await connection.run(`CREATE TEMP TABLE plays AS SELECT * FROM (VALUES
      ('US', 'tv', TIMESTAMP '2026-11-01 20:10:00', 'Drama|Crime', 'play_start', 'ok', TIMESTAMP '2026-11-01 20:10:00'),
      ('US', 'tv', TIMESTAMP '2026-11-02 20:50:00', 'Drama', 'play_start', 'ok', TIMESTAMP '2026-11-02 20:50:00'),
      ('US', NULL, TIMESTAMP '2026-11-02 21:00:00', 'Drama', 'play_start', 'ok', TIMESTAMP '2026-11-02 21:00:00'),
      ('US', 'tv', TIMESTAMP '2026-11-02 20:50:00', 'Drama', 'play_stop', 'ok', TIMESTAMP '2026-11-02 20:50:00'),
      ('US', 'tv', TIMESTAMP '2026-11-02 20:50:00', 'Drama', 'play_start', 'future', TIMESTAMP '2026-11-02 20:50:00'),
      ('US', 'tv', TIMESTAMP '2026-09-01 20:50:00', 'Drama', 'play_start', 'ok', TIMESTAMP '2026-09-01 20:50:00')
    ) AS t(country, device, event_time, genres, kind, time_status, append_time)`);
    const { rowCount, columns } = await connection.query(`SELECT * FROM (\n${sql}\n) ORDER BY ALL`, {
      as_of_ms: Date.parse('2026-11-03T00:00:00Z'),
    });
    await connection.run('DROP TABLE plays');
    return Array.from({ length: rowCount }, (_, row) =>
      ['country', 'device', 'hour', 'genre', 'plays'].map((name) => String(columns[name]?.values[row])),
    );
  });
  assert.deepEqual(counted, [
    ['US', '', '21', 'Drama', '1'],
    ['US', 'tv', '20', 'Crime', '1'],
    ['US', 'tv', '20', 'Drama', '2'],
  ]);
});
