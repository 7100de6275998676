import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { countLeft } from '../../../batch/backfill/leaves.ts';
import type { ShadowFiles } from '../../../batch/backfill/overlay.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { generation } from '../../../domain/ids.ts';
import { quoteText } from '../../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { LOG_START } from '../../support/clean-rows.ts';
import { orderOf } from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
let lake: DuckDbLake;
const dir = mkdtempSync(join(tmpdir(), 'marquee-leaves-'));

before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
});
after(() => duckdb.close());

/** A shadow as far as it matters here: whose events change. */
async function shadowOf(changed: Partial<Record<CleanTopic, readonly string[]>>): Promise<ShadowFiles> {
  const files: Partial<Record<CleanTopic, string[]>> = {};
  for (const [topic, profiles] of Object.entries(changed) as [CleanTopic, readonly string[]][]) {
    const path = join(dir, `${topic}-${profiles.join('')}.parquet`);
    const rows = profiles.map((profile) => `(${quoteText(profile)})`).join(', ');
    await duckdb.use((connection) =>
      connection.run(
        `COPY (SELECT * FROM (VALUES ${rows}) AS t(profile_id)) TO ${quoteText(path)} (FORMAT parquet)`,
      ),
    );
    files[topic] = [path];
  }
  return files;
}

const left = async (changed: Parameters<typeof shadowOf>[0], reason: 'correct' | 'fill' = 'correct') =>
  countLeft(lake, {
    order: orderOf({ reason }),
    plan: { generation: generation('g1'), inputs: [] },
    files: await shadowOf(changed),
    asOf: LOG_START,
  });

test('state that is worked out from the changed events is told, with how many profiles it is of', async () => {
  const state = (what: string, profiles: number) => ({ what, kind: 'state', profiles, rows: null });
  assert.deepEqual(await left({ plays: ['p1', 'p1', 'p3'], interactions: ['p4'] }), [
    ...[state('impression memory', 2), state('title pairs', 2), state('watching', 3)],
  ]);
  assert.deepEqual(await left({ searches: ['p1'] }), []);
  assert.deepEqual(await left({}), []);
});

test('a fill leaves nothing: its events go through the log', async () => {
  assert.deepEqual(await left({ plays: ['p1'] }, 'fill'), []);
});
