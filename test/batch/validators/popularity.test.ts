import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPopularityValidators } from '../../../batch/validators/popularity.ts';
import { firstRefusal, type ValidatedVersion, type Validator } from '../../../batch/validators/validator.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-validators-'));
let duckdb: DuckDb;
let validators: Validator[];
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  validators = createPopularityValidators(duckdb);
});
after(async () => {
  await duckdb.close();
  rmSync(scratch, { recursive: true });
});

interface Row {
  readonly title: string | null;
  readonly plays?: number | null;
  readonly country?: string;
}
const titles = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ title: `t${i}`, plays: 10 }));

const AS_OF = '2026-11-01T00:00:00Z';
let written = 0;
/** A version whose parts hold the given rows, one bucket and hour each. */
async function versionOf(
  rows: readonly Row[],
  order = 'ORDER BY title_id, country',
  more: Partial<Manifest> = {},
): Promise<ValidatedVersion> {
  const dir = join(scratch, String(written++));
  mkdirSync(dir);
  const partPaths: Record<string, string> = {};
  await duckdb.use(async (connection) => {
    await connection.stage(
      'made',
      {
        title_id: { kind: 'text', values: rows.map(({ title }) => title) },
        country: { kind: 'text', values: rows.map(({ country }) => country ?? 'DE') },
        plays: { kind: 'number', values: rows.map(({ plays }) => (plays === undefined ? 1 : plays)) },
      },
      rows.length,
    );
    for (const [name, time] of [
      ['totals', ''],
      ['recent', '1 AS bucket,'],
      ['hours', '1 AS hour,'],
    ] as const) {
      partPaths[name] = join(dir, `${name}.parquet`);
      await connection.run(`COPY (SELECT title_id, country, ${time} plays::BIGINT AS plays, 0 AS qualified_plays,
        2 AS impressions, 0 AS seconds_viewed, plays::BIGINT AS capped_plays, 0 AS capped_qualified_plays,
        2 AS capped_impressions, 0 AS capped_seconds_viewed FROM made ${order}) TO '${partPaths[name]}' (FORMAT parquet)`);
    }
    for (const [name, columns] of [
      ['rows', `'trending' AS "row", 1 AS hour, 2 AS impressions, 2 AS capped_impressions`],
      ['distinct', '1 AS hour, 7 AS register, 1 AS rank'],
    ] as const) {
      partPaths[name] = join(dir, `${name}.parquet`);
      await connection.run(`COPY (SELECT DISTINCT title_id, ${columns} FROM made WHERE title_id IS NOT NULL ORDER BY ALL)
        TO '${partPaths[name]}' (FORMAT parquet)`);
    }
  });
  return { manifest: { version: written, asOf: AS_OF, cut: {}, ...more } as unknown as Manifest, partPaths };
}
const refusal = async (candidate: readonly Row[], previous?: readonly Row[]) =>
  firstRefusal(
    validators,
    await versionOf(candidate),
    previous === undefined ? null : await versionOf(previous),
  );

test('a sound first version passes', async () => {
  assert.equal(await refusal(titles(10)), null);
});

test('a version that grew passes', async () => {
  assert.equal(await refusal(titles(12), titles(10)), null);
});

test('an empty version is refused by the number of rows', async () => {
  const refused = await refusal([]);
  assert.equal(refused?.rule, 'minimum-rows');
  assert.match(refused.reason, /part totals has 0 rows, expected at least 1/);
});

test('a key that comes twice is refused', async () => {
  const refused = await refusal([...titles(3), { title: 't1' }]);
  assert.equal(refused?.rule, 'keys');
  assert.match(refused.reason, /part hours has 1 duplicate keys/);
});

test('the same title in another country is another key', async () => {
  assert.equal(await refusal([{ title: 't1' }, { title: 't1', country: 'US' }]), null);
});

test('a null key is refused', async () => {
  assert.match((await refusal([...titles(3), { title: null }]))?.reason ?? '', /1 null keys/);
});

test('a measure that is null or below zero is refused', async () => {
  assert.match((await refusal([...titles(3), { title: 'x', plays: -1 }]))?.reason ?? '', /1 bad measures/);
  assert.match((await refusal([...titles(3), { title: 'x', plays: null }]))?.reason ?? '', /1 bad measures/);
});

test('rows out of order are refused, in whichever part they are', async () => {
  const turned = await versionOf(titles(10), 'ORDER BY title_id DESC');
  assert.deepEqual(await firstRefusal(validators, turned, null), {
    rule: 'order',
    reason:
      'part totals has 9 rows out of order; part recent has 9 rows out of order; part hours has 9 rows out of order',
  });
});

test('a version of an earlier instant than the one before, or from less of the log, is refused', async () => {
  const of = (more: object): Promise<ValidatedVersion> => versionOf(titles(10), undefined, more);
  const [cut, generation] = [{ plays: [32, 16], impressions: [0, 16] }, 'g1'];
  const before = await of({ cut, generation });
  const refused = async (more: object) =>
    firstRefusal(validators, await of({ cut, generation, ...more }), before);
  assert.equal(await refused({}), null);
  assert.equal(await refused({ cut: { plays: [48, 16], impressions: [0, 16] } }), null);
  assert.deepEqual(await refused({ asOf: '2026-10-31T23:59:59Z' }), {
    rule: 'freshness',
    reason: 'it is of 2026-10-31T23:59:59Z, the version before of 2026-11-01T00:00:00Z',
  });
  const reason = 'partition 1 of plays is counted up to 0, before up to 16';
  assert.deepEqual(await refused({ cut: { plays: [48, 0], impressions: [0, 16] } }), {
    rule: 'freshness',
    reason,
  });
  assert.deepEqual((await refused({ cut: { plays: [32, 16] } }))?.rule, 'freshness');
  assert.equal(await refused({ cut: { plays: [0, 0] }, generation: 'g2' }), null);
});

test('a fifth of the titles may vanish, more may not', async () => {
  assert.equal(await refusal(titles(8), titles(10)), null);
  const refused = await refusal(titles(7), titles(10));
  assert.equal(refused?.rule, 'changed-share');
  assert.match(refused.reason, /30\.0 % of the previous titles are gone, at most 20\.0 % may be/);
});

test('plays that fall by more than a fifth are refused though every title is there', async () => {
  const fewer = titles(10).map((row) => ({ ...row, plays: 7 }));
  const refused = await refusal(fewer, titles(10));
  assert.equal(refused?.rule, 'changed-share');
  assert.match(refused.reason, /30\.0 % of the previous plays are gone/);
});

test('verdicts carry their figures', async () => {
  const share = validators.find(({ rule }) => rule === 'changed-share')!;
  const verdict = await share.validate(await versionOf(titles(9)), await versionOf(titles(10)));
  assert.deepEqual([verdict.passed, verdict.metrics['vanished_titles_share']], [true, 0.1]);
});
