import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCatalogueJob } from '../../../batch/catalogue/job.ts';
import type { Ingested, IngestLimits } from '../../../batch/ingest/ingest.ts';
import { partSql } from '../../../batch/parts.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { films, INGEST_LIMITS, series, writeLines } from '../../support/side-inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-catalogue-job-'));
let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
});
after(async () => {
  await duckdb.close();
  rmSync(dir, { recursive: true });
});

let runs = 0;
async function ingest(
  lines: readonly (object | string)[],
  limits: Partial<IngestLimits> = {},
): Promise<Ingested> {
  const path = join(dir, 'source');
  writeLines(path, lines);
  const job = createCatalogueJob(duckdb, { ...INGEST_LIMITS, ...limits });
  return job.compute({ path, source: 'file:///source' }, { outDir: join(dir, String(runs++)) });
}

async function made(lines: readonly object[]) {
  const ingested = await ingest(lines);
  if (ingested.refusal !== null) assert.fail(ingested.refusal.reason);
  const [part] = ingested.parts;
  assert.ok(part !== undefined);
  return { ...ingested, part };
}

async function refused(lines: readonly (object | string)[], limits: Partial<IngestLimits> = {}) {
  const { refusal } = await ingest(lines, limits);
  return refusal ?? assert.fail('it was not refused');
}

async function textOf(path: string, expression: string): Promise<readonly unknown[]> {
  const { columns } = await duckdb.use((connection) =>
    connection.query(`SELECT ${expression} AS found FROM ${partSql(path)} ORDER BY title_id`),
  );
  return Array.from(columns['found']?.values as ArrayLike<unknown>);
}

test('films become one part, ordered by title, with every column as the layout says', async () => {
  const { part, schema, rowCounts } = await made(films(30));
  assert.deepEqual(rowCounts, { entries: 30 });
  assert.deepEqual(
    schema.map(({ name, type }) => `${name} ${type}`),
    [
      ...['title_id VARCHAR', 'kind VARCHAR', 'name VARCHAR', 'genres VARCHAR', 'year INTEGER'],
      ...['runtime_seconds DOUBLE', 'launch_time BIGINT', 'parent_id VARCHAR'],
      ...['root_title_id VARCHAR', 'availability VARCHAR'],
    ],
  );
  const ids = await textOf(part.path, 'title_id');
  assert.deepEqual(
    ids,
    films(30)
      .map(({ titleId }) => titleId)
      .toSorted(),
  );
  assert.deepEqual(new Set(await textOf(part.path, 'genres')), new Set(['Drama|War']));
  assert.deepEqual(new Set(await textOf(part.path, 'root_title_id = title_id')), new Set([1]));
});

test('seasons and episodes carry their series, wherever its line stands', async () => {
  const { part } = await made(series(2));
  const roots = await textOf(part.path, `kind || ' ' || root_title_id || ' ' || coalesce(parent_id, '-')`);
  assert.deepEqual(roots.slice(0, 4), [
    'series show-0 -',
    'season show-0 show-0',
    'episode show-0 show-0.1',
    'episode show-0 show-0.1',
  ]);
  assert.equal(roots.length, 18);
});

test('the same entries give the same bytes, in whatever order lines and countries come', async () => {
  const intervals = [{ from: 5, to: null }];
  const lines = [...films(2000), ...series(20)];
  const first = await made([
    ...lines,
    { ...lines[0], titleId: 'x', availability: { SE: intervals, DE: [] } },
  ]);
  const second = await made([
    { ...lines[0], titleId: 'x', availability: { DE: [], SE: intervals } },
    ...lines.toReversed(),
  ]);
  assert.equal(first.part.sha256, second.part.sha256);
  assert.deepEqual(readFileSync(first.part.path), readFileSync(second.part.path));
});

test('bad lines are refused together, each by its number, and the rule is that of the first', async () => {
  const [film] = films(1);
  const refusal = await refused([film!, 'garbage', { ...film, titleId: 'b', kind: 'opera' }, film!, '[]']);
  assert.equal(refusal.rule, 'source-lines');
  assert.match(refusal.reason, /^4 bad lines: line 2: it is not JSON.*; line 3: field kind is "opera"/);
  assert.match(refusal.reason, /line 4: title film-0 is on line 1 already; line 5: expected an object/);
});

test('orphans and twins are refused by rules of their own', async () => {
  const orphans = await refused(series(1).filter(({ kind }) => kind !== 'season'));
  assert.deepEqual([orphans.rule, orphans.reason.match(/line \d+/g)?.length], ['orphans', 5]);
  assert.match(orphans.reason, /^6 bad lines.*and 1 more$/);
  const [film] = films(1);
  assert.equal((await refused([film!, film!])).rule, 'keys');
});

test('a source with more lines than may be, or a line that is too long, is refused', async () => {
  assert.deepEqual(await refused(films(11), { maxRows: 10 }), {
    rule: 'source-lines',
    reason: 'there are more than 10 lines',
  });
  assert.match((await refused(films(2), { maxLineBytes: 50 })).reason, /line 1: it is longer than 50 bytes/);
});

test('a refused source leaves nothing behind for the next', async () => {
  await refused(['garbage', ...films(3)]);
  assert.deepEqual((await made(films(2))).rowCounts, { entries: 2 });
});
