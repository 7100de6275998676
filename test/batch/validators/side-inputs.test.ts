import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCatalogueValidators, createPagesValidators } from '../../../batch/validators/side-inputs.ts';
import { firstRefusal, type ValidatedVersion } from '../../../batch/validators/validator.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';

const LIMITS = { minRows: 1, maxRemovedShare: 0.5, maxChangedShare: 0.5 };
const scratch = mkdtempSync(join(tmpdir(), 'marquee-side-validators-'));
let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
});
after(async () => {
  await duckdb.close();
  rmSync(scratch, { recursive: true });
});

type Entry = readonly [id: string | null, kind: string, parent?: string | null, name?: string | undefined];

const quoted = (value: string | null | undefined): string =>
  (value ?? null) === null ? 'NULL::VARCHAR' : `'${value}'`;
let written = 0;

async function versionOf(part: string, select: string): Promise<ValidatedVersion> {
  const path = join(scratch, `${written++}.parquet`);
  await duckdb.use((connection) => connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`));
  return { manifest: { version: written } as Manifest, partPaths: { [part]: path } };
}

function catalogueOf(entries: readonly Entry[]): Promise<ValidatedVersion> {
  const rows = entries.map(
    ([id, kind, parent, name = 'a name']) =>
      `(${quoted(id)}, ${quoted(kind)}, ${quoted(parent)}, ${quoted(name)})`,
  );
  return versionOf(
    'entries',
    `SELECT *, '' AS genres, 2000 AS year, 1.0 AS runtime_seconds, NULL::BIGINT AS launch_time,
       title_id AS root_title_id, '{}' AS availability
     FROM (VALUES ${[...rows, "('', '', '', '')"].join(', ')}) AS t(title_id, kind, parent_id, name)
     WHERE kind <> ''`,
  );
}

async function ruleOf(candidate: readonly Entry[], previous?: readonly Entry[]): Promise<string | undefined> {
  const refusal = await firstRefusal(
    createCatalogueValidators(duckdb, LIMITS),
    await catalogueOf(candidate),
    previous === undefined ? null : await catalogueOf(previous),
  );
  return refusal?.rule;
}

const SHOW: readonly Entry[] = [
  ['s', 'series'],
  ['s1', 'season', 's'],
  ['e1', 'episode', 's1'],
];
const films = (count: number, name?: string): Entry[] =>
  Array.from({ length: count }, (_, i) => [`f${i}`, 'film', null, name] as const);

test('a whole catalogue passes, alone and after another', async () => {
  assert.equal(await ruleOf([...films(4), ...SHOW]), undefined);
  assert.equal(await ruleOf([...films(6), ...SHOW], [...films(5), ...SHOW]), undefined);
});

test('nothing at all, a key that is null and one that comes twice are refused', async () => {
  assert.equal(await ruleOf([]), 'minimum-rows');
  assert.equal(await ruleOf([[null, 'film']]), 'keys');
  assert.equal(await ruleOf([...films(2), ...films(1)]), 'keys');
});

test('more than the limit of rows gone or changed is refused, up to it is not', async () => {
  assert.equal(await ruleOf(films(5), films(10)), undefined);
  assert.equal(await ruleOf(films(4), films(10)), 'removed-rows');
  const renamed = (count: number) => [...films(count, 'another'), ...films(10).slice(count)];
  assert.equal(await ruleOf(renamed(5), films(10)), undefined);
  assert.equal(await ruleOf(renamed(6), films(10)), 'changed-rows');
  assert.equal(await ruleOf(films(10), renamed(6)), 'changed-rows');
});

test('entries without the parent that their kind needs, or with one too many, are refused', async () => {
  for (const broken of [
    SHOW.slice(1),
    [SHOW[0]!, SHOW[2]!],
    [...SHOW, ['e2', 'episode', 's'] as const],
    [...SHOW, ['e2', 'episode'] as const],
    [...SHOW, ['f', 'film', 's'] as const],
    [...SHOW, ['x', 'opera'] as const],
    [['a', 'season', 'a'] as const],
  ]) {
    assert.equal(await ruleOf(broken), 'orphans', JSON.stringify(broken));
  }
});

test('rows of pages are held to the same rules by page and row', async () => {
  const pagesOf = (rows: readonly (readonly [page: string, row: string, index: number])[]) =>
    versionOf(
      'rows',
      `SELECT *, 'home' AS page_kind, 'popular' AS row_kind, 15 AS row_length FROM (VALUES ${rows
        .map(([page, row, index]) => `('${page}', '${row}', ${index})`)
        .join(', ')}) AS t(page_id, row_id, row_index)`,
    );
  const before = await pagesOf([
    ['p', 'a', 0],
    ['p', 'b', 1],
    ['q', 'a', 0],
  ]);
  const ruleAfter = async (rows: Parameters<typeof pagesOf>[0]) =>
    (await firstRefusal(createPagesValidators(duckdb, LIMITS), await pagesOf(rows), before))?.rule;
  assert.equal(
    await ruleAfter([
      ['p', 'a', 1],
      ['p', 'b', 1],
    ]),
    undefined,
  );
  assert.equal(await ruleAfter([['p', 'a', 0]]), 'removed-rows');
  assert.equal(
    await ruleAfter([
      ['p', 'a', 0],
      ['p', 'a', 1],
      ['q', 'a', 0],
    ]),
    'keys',
  );
});
