import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Interval } from '../../../batch/evaluation/bootstrap.ts';
import { reportTable, type ReportRow, type Role } from '../../../batch/evaluation/report.ts';
import { factorTable } from '../../../batch/models/factor-table.ts';
import type { ModelTable } from '../../../batch/models/model.ts';
import { MODELS } from '../../../batch/models/models.ts';
import { writeTables } from '../../../batch/models/table-parts.ts';
import { createModelValidators } from '../../../batch/validators/models.ts';
import { firstRefusal, type ValidatedVersion, type Validator } from '../../../batch/validators/validator.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import type { Refusal } from '../../../domain/publishing.ts';
import { viewName } from '../../../domain/views.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-model-validators-'));
let duckdb: DuckDb;
let validators: Readonly<Record<string, readonly Validator[]>>;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const added = { genres: () => ({ view: viewName('genres') }) };
  validators = createModelValidators(duckdb, undefined, { ...MODELS, ...added });
});
after(async () => {
  await duckdb.close();
  rmSync(scratch, { recursive: true });
});

const AS_OF = '2026-11-01T00:00:00Z';
let written = 0;
async function versionOf(...tables: ModelTable[]): Promise<ValidatedVersion> {
  const parts = await writeTables(duckdb, tables, join(scratch, String(++written)));
  return {
    manifest: { version: written, asOf: AS_OF, cut: {} } as unknown as Manifest,
    partPaths: Object.fromEntries(parts.map(({ name, path }) => [name, path])),
  };
}

async function refusalOf(
  view: string,
  candidate: readonly ModelTable[],
  previous?: readonly ModelTable[],
): Promise<Refusal | null> {
  const before = previous === undefined ? null : await versionOf(...previous);
  return firstRefusal(validators[view]!, await versionOf(...candidate), before);
}

const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `t${String(i).padStart(3, '0')}`);

function items(titles: readonly string[], fault?: number): ModelTable {
  const values = new Float32Array(titles.length * 2).fill(0.5);
  if (fault !== undefined) values[3] = fault;
  return factorTable('items', 'title_id', { ids: titles, width: 2, values });
}

const exactly = (value: number): Interval => ({ value, low: value, high: value });

/** The candidate beside one rival: what it is above it, and how far up that may reach. */
function evaluation(roles: Partial<Record<Role, readonly [difference: number, high: number]>>): ModelTable {
  const rows = Object.entries(roles).map(([role, [difference, high]]): ReportRow => ({
    split: 'leave-last-out',
    model: role,
    role: role as Role,
    metric: 'ndcg_at_10',
    profiles: 100,
    value: exactly(0.1),
    difference: { value: difference, low: difference - 0.01, high },
    ratio: exactly((0.1 + difference) / 0.1),
  }));
  return reportTable(rows);
}
const GOOD = evaluation({ popularity: [0.02, 0.04], current: [0.01, 0.02] });

test('whole factors that rank no worse than what there is pass, alone and after others', async () => {
  assert.equal(await refusalOf('item-factors', [items(ids(4)), GOOD]), null);
  assert.equal(await refusalOf('item-factors', [items(ids(4)), GOOD], [items(ids(5)), GOOD]), null);
  assert.equal(await refusalOf('item-factors', [items(ids(9)), GOOD], [items(ids(5)), GOOD]), null);
});

test('factors that are not finite numbers are refused, and the part and column named', async () => {
  for (const fault of [NaN, Infinity, -Infinity]) {
    const refusal = await refusalOf('item-factors', [items(ids(4), fault), GOOD]);
    assert.equal(refusal?.rule, 'finite-values');
    assert.match(refusal.reason, /part items has 1 values that are no numbers, in f1/);
  }
});

test('no titles at all and a title that comes twice are refused', async () => {
  assert.equal((await refusalOf('item-factors', [items([]), GOOD]))?.rule, 'minimum-rows');
  assert.equal((await refusalOf('item-factors', [items(['a', 'a']), GOOD]))?.rule, 'keys');
});

test('a catalogue shrunk by half is refused, one that lost a third is not', async () => {
  const before = [items(ids(100)), GOOD];
  const refusal = await refusalOf('item-factors', [items(ids(50)), GOOD], before);
  assert.deepEqual(refusal, {
    rule: 'missing-titles',
    reason: '50 of the 100 titles before (50.0 %) are missing in part items, at most 33.0 % may be',
  });
  assert.equal(await refusalOf('item-factors', [items(ids(67)), GOOD], before), null);
  const others = ids(100).map((id) => `${id}-new`);
  assert.equal((await refusalOf('item-factors', [items(others), GOOD], before))?.rule, 'missing-titles');
});

test('a model worse than the current one or than popularity beyond its interval is refused, a draw is not', async () => {
  const ruled = async (table: ModelTable) => refusalOf('item-factors', [items(ids(4)), table]);
  const worse = await ruled(evaluation({ popularity: [0.02, 0.04], current: [-0.03, -0.01] }));
  assert.equal(worse?.rule, 'offline-score');
  assert.match(worse.reason, /NDCG@10 is 0\.0700 where the current model has 0\.1000 \(leave-last-out\)/);
  const unpopular = await ruled(evaluation({ popularity: [-0.03, -0.001] }));
  assert.match(unpopular?.reason ?? '', /where popularity has 0\.1000/);
  assert.equal(await ruled(evaluation({ popularity: [-0.005, 0.001], current: [-0.005, 0.001] })), null);
  assert.equal(await ruled(evaluation({ popularity: [0.1, 0.2], peer: [-0.1, -0.05] })), null);
  assert.equal((await ruled(evaluation({ popularity: [NaN, NaN] })))?.rule, 'offline-score');
});

test('a model that was not evaluated, or not beside popularity, is refused', async () => {
  assert.equal((await refusalOf('item-factors', [items(ids(4))]))?.rule, 'offline-score');
  const refusal = await refusalOf('item-factors', [items(ids(4)), evaluation({ current: [0.1, 0.2] })]);
  assert.match(refusal?.reason ?? '', /popularity/);
});

/** Rows of two titles for one profile, as precomputing writes them. */
const shard = (name: string, profile: string, score = 1): ModelTable => ({
  name,
  rows: 2,
  columns: {
    profile_id: { type: 'VARCHAR', values: [profile, profile] },
    row: { type: 'VARCHAR', values: ['top-picks', 'top-picks'] },
    rank: { type: 'INTEGER', values: Int32Array.of(1, 2) },
    title_id: { type: 'VARCHAR', values: ['a', 'b'] },
    score: { type: 'FLOAT', values: Float32Array.of(score, 0.5) },
  },
});

test('precomputed rows are judged over all their shards', async () => {
  const first = shard('rows-00000', 'ann');
  assert.equal(await refusalOf('profile-rows', [first, shard('rows-00001', 'bob')]), null);
  assert.equal((await refusalOf('profile-rows', [first, shard('rows-00001', 'ann')]))?.rule, 'keys');
  assert.equal(
    (await refusalOf('profile-rows', [first, shard('rows-00001', 'bob', NaN)]))?.rule,
    'finite-values',
  );
  await assert.rejects(refusalOf('profile-rows', [items(['a'])]), RangeError);
});

const pairs = (name: string, ranks: readonly number[]): ModelTable => ({
  name,
  rows: ranks.length,
  columns: {
    title_id: { type: 'VARCHAR', values: ranks.map(() => 'a') },
    rank: { type: 'INTEGER', values: Int32Array.from(ranks) },
  },
});
const watched = (count: number): ModelTable => ({
  name: 'titles',
  rows: count,
  columns: { title_id: { type: 'VARCHAR', values: ids(count) } },
});

test('weights and neighbours are judged by title and rank, and by the titles that they know', async () => {
  for (const view of ['item-weights', 'neighbours']) {
    const version = (ranks: readonly number[], count: number) => [pairs(view, ranks), watched(count), GOOD];
    assert.equal(await refusalOf(view, version([1, 2], 4), version([1], 5)), null);
    assert.equal((await refusalOf(view, version([1, 1], 4)))?.rule, 'keys');
    assert.equal((await refusalOf(view, version([1, 2], 2), version([1], 4)))?.rule, 'missing-titles');
  }
});

test('every model is held to rules, also one that was only added to the list', async () => {
  for (const [name, create] of Object.entries(MODELS))
    assert.ok((validators[create().view]?.length ?? 0) > 2, `${name} has rules`);
  assert.equal(await refusalOf('genres', [items(ids(4)), GOOD]), null);
  assert.equal((await refusalOf('genres', [items(ids(4), NaN), GOOD]))?.rule, 'finite-values');
  const worse = evaluation({ popularity: [-0.03, -0.001] });
  assert.equal((await refusalOf('genres', [items(ids(4)), worse]))?.rule, 'offline-score');
});

test('clusters are judged by their centres, their best titles and the titles that they know', async () => {
  const centres = (clusters: readonly number[]): ModelTable => ({
    name: 'centres',
    rows: clusters.length,
    columns: { cluster: { type: 'INTEGER', values: Int32Array.from(clusters) } },
  });
  const best = (ranks: readonly number[]): ModelTable => ({
    name: 'best-titles',
    rows: ranks.length,
    columns: {
      cluster: { type: 'INTEGER', values: new Int32Array(ranks.length) },
      rank: { type: 'INTEGER', values: Int32Array.from(ranks) },
    },
  });
  const version = (clusters: readonly number[], ranks: readonly number[], count: number) => [
    ...[centres(clusters), best(ranks), watched(count)],
    evaluation({ popularity: [-0.03, -0.001] }),
  ];
  const before = version([0, 1], [1, 2, 3, 4], 10);
  assert.equal(await refusalOf('clusters', version([0], [1, 2, 3], 8), before), null);
  assert.equal((await refusalOf('clusters', version([0, 0], [1, 2], 8)))?.rule, 'keys');
  assert.equal((await refusalOf('clusters', version([0], [1, 1], 8)))?.rule, 'keys');
  assert.equal((await refusalOf('clusters', version([0], [1, 2, 3], 5), before))?.rule, 'missing-titles');
  assert.equal((await refusalOf('clusters', version([0], [1], 10), before))?.rule, 'lost-rows');
  assert.equal((await refusalOf('clusters', version([], [], 10), before))?.rule, 'minimum-rows');
});

test('what is there for more than ranking may be worse than popularity, but not than what it was', async () => {
  const worse = evaluation({ current: [-0.03, -0.001] });
  const unpopular = evaluation({ popularity: [-0.03, -0.001] });
  const tables = [pairs('neighbours', [1, 2]), watched(4)];
  assert.equal(await refusalOf('neighbours', [...tables, unpopular]), null);
  assert.equal((await refusalOf('neighbours', [...tables, worse]))?.rule, 'offline-score');
  assert.equal((await refusalOf('popularity-baseline', [items(ids(4)), worse]))?.rule, 'offline-score');
});
