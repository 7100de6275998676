import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertOwned } from '../../../batch/backfill/assert-owned.ts';
import type { Shadow } from '../../../batch/backfill/overlay.ts';
import { createErasureBook, type ErasureBook } from '../../../domain/erasure/book.ts';
import { generation, profileId } from '../../../domain/ids.ts';
import { quoteText } from '../../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { orderOf } from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
let lake: DuckDbLake;
let shadow: Shadow;

before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
  const path = join(mkdtempSync(join(tmpdir(), 'marquee-owned-')), 'plays.parquet');
  await duckdb.use((connection) =>
    connection.run(`COPY (SELECT * FROM (VALUES ('replaced', 0, 'ann', 7), ('replaced', 0, 'ann', 12), ('replaced', 1, 'ann', 3),
      ('removed', 0, 'bob', 2)) AS t(change, "partition", profile_id, raw_offset)) TO ${quoteText(path)} (FORMAT parquet)`),
  );
  const plan = { generation: generation('g1'), inputs: [] };
  shadow = { order: orderOf(), plan, files: { plays: [path] }, asOf: 0 };
});
after(() => duckdb.close());

/** Somebody was erased up to these raw offsets, by partition. */
function erased(who: string, ...reaches: number[]): ErasureBook {
  const book = createErasureBook((id) => `hash of ${id}`);
  const surrogate = profileId('erased-1');
  book.add({
    ...{ id: '1.0', profileHash: `hash of ${who}`, surrogate, requestedAt: 1, positions: { g1: reaches } },
  });
  return book;
}

test('a row of whoever was erased since is not put in, also where others of theirs came later', async () => {
  await assert.rejects(assertOwned(lake, shadow, erased('ann', 7, -1)), {
    code: 'BACKFILL_MOVED',
    message: /1 profiles were erased since/,
  });
  await assert.rejects(assertOwned(lake, shadow, erased('ann', -1, 3)), { code: 'BACKFILL_MOVED' });
});

test('rows of a member who returned before it was folded stand, and so does a removal', async () => {
  await assertOwned(lake, shadow, erased('ann', 6, 2));
  await assertOwned(lake, shadow, erased('bob', 9, 9));
  await assertOwned(lake, shadow, erased('cleo', 9, 9));
});
