import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPagesJob } from '../../../batch/pages/job.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { INGEST_LIMITS, pageRows, writeLines } from '../../support/side-inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-pages-job-'));
let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
});
after(async () => {
  await duckdb.close();
  rmSync(dir, { recursive: true });
});

async function ingest(lines: readonly (object | string)[]) {
  const path = join(dir, 'source');
  writeLines(path, lines);
  return createPagesJob(duckdb, INGEST_LIMITS).compute({ path, source: 'file:///source' }, { outDir: dir });
}

test('rows of pages become one part, the same bytes for the same rows', async () => {
  const first = await ingest(pageRows(3, 10));
  const second = await ingest(pageRows(3, 10).toReversed());
  assert.ok(first.refusal === null && second.refusal === null);
  assert.deepEqual(first.rowCounts, { rows: 30 });
  assert.equal(first.parts[0]?.sha256, second.parts[0]?.sha256);
  assert.deepEqual(
    first.schema.map(({ name, type }) => `${name} ${type}`),
    [
      ...['page_id VARCHAR', 'page_kind VARCHAR', 'row_id VARCHAR', 'row_kind VARCHAR'],
      ...['row_index INTEGER', 'row_length INTEGER'],
    ],
  );
});

test('a row that comes twice and a line that is no row are refused by number', async () => {
  const rows = pageRows(1, 3);
  const { refusal } = await ingest([...rows, rows[0]!, '{}']);
  assert.equal(refusal?.rule, 'keys');
  assert.match(
    refusal.reason,
    /^2 bad lines: line 4: row row-0 is on page page-0 already; line 5: field pageId/,
  );
});
