import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCatalogueJob } from '../../batch/catalogue/job.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { titleId } from '../../domain/ids.ts';
import { viewVersion } from '../../domain/views.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import { parseCatalogue } from '../../serving/catalogue-file.ts';
import { createCatalogueLoader } from '../../serving/catalogue-view.ts';
import { indexCatalogue, type Catalogue } from '../../serving/catalogue.ts';
import { exampleManifest, partEntry } from '../support/object-store-views.ts';
import { films, INGEST_LIMITS, series, writeLines } from '../support/side-inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-catalogue-view-'));
const MANIFEST = {
  ...exampleManifest(CATALOGUE_VIEW, viewVersion(1), {}, null),
  parts: [partEntry('entries', 'as the test wrote it')],
};
let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
});
after(async () => {
  await duckdb.close();
  rmSync(dir, { recursive: true });
});

let versions = 0;
async function load(query: string): Promise<Catalogue> {
  const versionDir = join(dir, String(versions++));
  mkdirSync(join(versionDir, 'parts'), { recursive: true });
  const path = join(versionDir, 'parts', 'entries.parquet');
  await duckdb.use((connection) => connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`));
  return createCatalogueLoader(duckdb)(versionDir, MANIFEST);
}

test('a catalogue is the same, in entries and in order, out of the view and out of the file', async () => {
  const names = ['B', 'a', 'É', '\u{1F600} first', '\uFFFD then', ''];
  const lines = [...films(5000), ...series(50)].map((line, i) => ({
    ...line,
    name: names[i % names.length],
    launchTime: i % 3 === 0 ? null : (i * 7919) % 40,
    ...(i % 5 === 0 ? { genres: [], availability: { SE: [{ from: -1, to: 1700000000000 }], DE: [] } } : {}),
  }));
  const path = join(dir, 'source');
  writeLines(path, lines);
  const made = await createCatalogueJob(duckdb, INGEST_LIMITS).compute(
    { path, source: 'file:///source' },
    { outDir: join(dir, 'made') },
  );
  assert.ok(made.refusal === null);
  const versionDir = join(dir, 'whole');
  cpSync(join(dir, 'made'), join(versionDir, 'parts'), { recursive: true });
  const found = await createCatalogueLoader(duckdb)(versionDir, MANIFEST);
  const { read, refused } = parseCatalogue(lines.map((line) => JSON.stringify(line)).join('\n'));
  const expected = indexCatalogue(read);
  assert.deepEqual([found.size(), refused], [lines.length, 0]);
  assert.deepEqual(found.inOrder(), expected.inOrder());
  assert.deepEqual(found.find(titleId('show-3.1.2')), expected.find(titleId('show-3.1.2')));
});

test('a part of other columns, kinds or values is refused', async () => {
  const columns = `'t' AS title_id, 'film' AS kind, 'n' AS name, '' AS genres, 1 AS year, 1.0 AS runtime_seconds,
    NULL::BIGINT AS launch_time, NULL::VARCHAR AS parent_id, '{}' AS availability`;
  assert.equal((await load(`SELECT ${columns}`)).size(), 1);
  for (const [bad, reason] of [
    ['SELECT 1 AS title_id', /kind/],
    [`SELECT * REPLACE ('opera' AS kind) FROM (SELECT ${columns})`, /opera is no kind of title/],
    [`SELECT * REPLACE (NULL::VARCHAR AS title_id) FROM (SELECT ${columns})`, /title_id is null in row 0/],
    [`SELECT * REPLACE ('{' AS availability) FROM (SELECT ${columns})`, /JSON/],
    [`SELECT * REPLACE ('{"SE": 1}' AS availability) FROM (SELECT ${columns})`, /availability.SE/],
  ] as const) {
    await assert.rejects(
      load(bad),
      (error) => isMarqueeError(error, 'VIEW_CORRUPT') && reason.test(error.message),
      bad,
    );
  }
});
