import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRankingPolicyValidators } from '../../../batch/validators/side-inputs.ts';
import { firstRefusal } from '../../../batch/validators/validator.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { RANKING_POLICY_PART } from '../../../domain/ranking-policy.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-experiment-rule-'));
const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
after(() => duckdb.close().then(() => rmSync(scratch, { recursive: true })));

async function refusalOf(name: string, ...rows: readonly string[]) {
  const path = join(scratch, `${name}.parquet`);
  const select = `SELECT row_id, setting, CAST("text" AS VARCHAR) AS "text", CAST("number" AS DOUBLE) AS "number"
    FROM (VALUES ${rows.join(', ')}) t(row_id, setting, "text", "number")`;
  await duckdb.use((connection) => connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`));
  const version = { manifest: { version: 1 } as Manifest, partPaths: { [RANKING_POLICY_PART]: path } };
  return firstRefusal(createRankingPolicyValidators(duckdb, { minRows: 1 }), version, null);
}

test('a policy with a sound experiment is announced, one whose experiment would not run is refused in words', async () => {
  const sound = [
    `('*', 'length', NULL, 15)`,
    `('experiment:taste', 'arm_a', NULL, 1)`,
    `('experiment:taste', 'arm_b', NULL, 1)`,
    `('experiment:taste', 'salt', 'anew', NULL)`,
  ];
  assert.equal(await refusalOf('sound', ...sound), null);
  assert.deepEqual(await refusalOf('broken', ...sound, `('experiment:taste/c/*', 'length', NULL, 5)`), {
    rule: 'experiments',
    reason: 'experiment taste: there is no arm c to set anything for',
  });
});
