import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { factorTable } from '../../../batch/models/factor-table.ts';
import { writeTables } from '../../../batch/models/table-parts.ts';
import { createDrift } from '../../../batch/validators/drift.ts';
import { createEmptiedTitles } from '../../../batch/validators/emptied-titles.ts';
import type { ValidatedVersion, Validator } from '../../../batch/validators/validator.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-factor-validators-'));
const TITLES = Array.from({ length: 10 }, (_, i) => `t${i}`);
let duckdb: DuckDb;
let emptied: Validator;
let drift: Validator;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  emptied = createEmptiedTitles(duckdb, { part: 'items', limit: 0.2 });
  drift = createDrift(duckdb, { part: 'items', limit: 3 });
});
after(async () => {
  await duckdb.close();
  rmSync(scratch, { recursive: true });
});

let written = 0;
/** A title for each pair of factors. */
async function versionOf(...factors: readonly (readonly [number, number])[]): Promise<ValidatedVersion> {
  const values = Float32Array.from(factors.flat());
  const table = factorTable('items', 'title_id', { ids: TITLES.slice(0, factors.length), width: 2, values });
  const parts = await writeTables(duckdb, [table], join(scratch, String(++written)));
  return {
    manifest: { version: written } as unknown as Manifest,
    partPaths: Object.fromEntries(parts.map(({ name, path }) => [name, path])),
  };
}
const some = (count: number, [a, b]: readonly [number, number]): [number, number][] =>
  Array.from({ length: count }, () => [a, b]);

test('titles that are there and say nothing any more are refused, as many as the limit says are not', async () => {
  const before = await versionOf(...some(10, [0.5, -0.5]));
  const refused = await emptied.validate(await versionOf(...some(3, [0, 0]), ...some(7, [1, 1])), before);
  assert.equal(refused.passed, false);
  assert.equal(
    refused.reason,
    '3 of the 10 titles before (30.0 %) say nothing any more in part items, at most 20.0 % may',
  );
  const few = await emptied.validate(await versionOf(...some(2, [0, 0]), ...some(8, [1, 1])), before);
  assert.deepEqual([few.passed, few.metrics], [true, { items_emptied_titles_share: 0.2 }]);
});

test('titles that said nothing before, that are gone, and a first version are no titles emptied', async () => {
  const silent = await versionOf(...some(5, [0, 0]), ...some(5, [1, 0]));
  assert.equal((await emptied.validate(silent, silent)).passed, true);
  assert.equal((await emptied.validate(await versionOf(...some(2, [1, 0])), silent)).passed, true);
  assert.equal((await emptied.validate(silent, null)).passed, true);
});

test('factors of another scale are refused, longer and shorter, and turned ones are not', async () => {
  const before = await versionOf(...some(10, [3, 4]));
  for (const [factors, expected] of [
    [[30, 40], /10\.00 times as long as before, expected 0\.33 to 3\.00/],
    [[0.3, 0.4], /0\.10 times as long/],
  ] as const) {
    const { passed, reason } = await drift.validate(await versionOf(...some(10, factors)), before);
    assert.equal(passed, false);
    assert.match(reason, expected);
  }
  assert.equal((await drift.validate(await versionOf(...some(10, [-4, 3])), before)).passed, true);
  assert.equal((await drift.validate(await versionOf(...some(4, [6, 8])), before)).passed, true);
  assert.equal((await drift.validate(before, null)).passed, true);
});
