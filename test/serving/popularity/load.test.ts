import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Dictionary, Float64, Int32 } from 'apache-arrow';
import { country, titleId } from '../../../domain/ids.ts';
import { createRegisters } from '../../../domain/distinct.ts';
import { MEASURE_COUNT } from '../../../domain/measures.ts';
import { mergeBuckets, mergeRows, mergeTotals, NO_COUNTS } from '../../../domain/merge.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { viewVersion } from '../../../domain/views.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createPopularityLoader } from '../../../serving/popularity/load.ts';
import type { PopularityView } from '../../../serving/popularity/view.ts';
import { exampleManifest } from '../../support/object-store-views.ts';
import { POPULARITY, popularityParts, type CountRow } from '../../support/popularity.ts';

const ROWS: readonly CountRow[] = [
  { title: 'b', country: 'FR', bucket: 8, plays: 3, impressions: 30 },
  { title: 'a', country: 'DE', bucket: 7, plays: 1, impressions: 10 },
  { title: 'a', country: 'DE', bucket: 8, plays: 2, impressions: 20 },
  { title: 'a', country: 'FR', bucket: -1, plays: 100, impressions: 0 },
];

/** Loads parts, stored under the names given, from a local copy of a version. */
async function load(
  t: TestContext,
  parts: Record<string, Uint8Array>,
  foldVersion = FOLD_VERSION,
): Promise<PopularityView> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-load-'));
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(async () => {
    await duckdb.close();
    await rm(dir, { recursive: true });
  });
  await mkdir(join(dir, 'parts'));
  for (const [name, body] of Object.entries(parts))
    await writeFile(join(dir, 'parts', `${name}.parquet`), body);
  const names = Object.fromEntries(Object.keys(parts).map((name) => [name, '']));
  const manifest = exampleManifest(POPULARITY, viewVersion(1), names, null);
  return createPopularityLoader(duckdb)(dir, { ...manifest, foldVersion });
}

test('parts become Arrow columns: text as dictionaries, measures as doubles', async (t) => {
  const { totals, recent } = await load(t, await popularityParts(ROWS));
  assert.ok(totals.getChild('title_id')?.type instanceof Dictionary);
  assert.ok(recent.getChild('bucket')?.type instanceof Int32);
  assert.ok(totals.getChild('plays')?.type instanceof Float64);
  assert.deepEqual([totals.numRows, recent.numRows], [3, 3]);
});

test('totals, titles, countries and windows are found in the columns', async (t) => {
  const view = await load(t, await popularityParts(ROWS));
  const out = new Float64Array(MEASURE_COUNT);
  assert.equal(view.addTitle(titleId('a'), undefined, out), true);
  assert.deepEqual([...out], [103, 0, 30, 103 * 60, 103, 0, 30, 103 * 60]);
  assert.equal(view.addTitle(titleId('b'), country('DE'), out), false);
  assert.equal(view.addTitle(titleId('zz'), undefined, out), false);
  assert.deepEqual([...mergeTotals([view], country('FR')).keys()], ['a', 'b']);
  const window = mergeBuckets([view], [8, 9]);
  assert.deepEqual([window.get(titleId('a'))?.[0], window.get(titleId('b'))?.[0]], [2, 3]);
  assert.equal(mergeBuckets([view], [8, 9], country('US')).size, 0);
  const everything = new Float64Array(MEASURE_COUNT);
  view.addEverything(everything);
  assert.equal(everything[0], 106);
});

test('titles that only a leading U+FEFF tells apart are two titles', async (t) => {
  const [row] = ROWS;
  const view = await load(
    t,
    await popularityParts([
      { ...row!, title: 'a' },
      { ...row!, title: '\ufeffa' },
    ]),
  );
  assert.deepEqual([...mergeTotals([view]).keys()].toSorted(), ['a', '\ufeffa']);
});

test('a version without a single row is a view with nothing in it', async (t) => {
  const view = await load(t, await popularityParts([]));
  assert.equal(mergeTotals([view]).size, 0);
  assert.equal(mergeBuckets([view], [0, 100]).size, 0);
});

test('a part stored beside another of its name is found by its longer name', async (t) => {
  const { totals, ...others } = await popularityParts(ROWS);
  const view = await load(t, { ...others, [`totals-${'0a'.repeat(8)}`]: totals! });
  assert.equal(mergeTotals([view]).size, 2);
});

test('a part that is missing, no Parquet or of other columns is refused', async (t) => {
  const parts = await popularityParts(ROWS);
  const corrupt = { code: 'VIEW_CORRUPT' };
  for (const name of Object.keys(parts)) {
    const others = Object.fromEntries(Object.entries(parts).filter(([other]) => other !== name));
    await assert.rejects(load(t, others), corrupt, name);
    await assert.rejects(load(t, { ...parts, [name]: Buffer.from('PAR1 no') }), corrupt, name);
  }
  await assert.rejects(load(t, { ...parts, recent: parts['totals']! }), corrupt);
});

test('impressions by row and the registers of who started a title are found', async (t) => {
  const view = await load(t, await popularityParts(ROWS));
  const [row] = mergeRows(view, NO_COUNTS, titleId('a'), null);
  assert.deepEqual([row?.row, row?.impressions.total, row?.cappedImpressions.total], ['trending', 30, 30]);
  const registers = createRegisters();
  view.addDistinct(titleId('a'), registers);
  assert.deepEqual([registers[7], registers.filter((rank) => rank > 0).length], [1, 1]);
  assert.deepEqual(mergeRows(view, NO_COUNTS, titleId('zz'), null), []);
});

test('a view from before there were capped measures has the raw ones in their place', async (t) => {
  const { totals, recent } = await popularityParts(ROWS);
  const view = await load(t, { totals: totals!, recent: recent! }, 1);
  const everything = new Float64Array(MEASURE_COUNT);
  view.addEverything(everything);
  assert.equal(everything[4], 106);
  assert.deepEqual(mergeRows(view, NO_COUNTS, titleId('a'), null), []);
});
