import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogueEntry } from '../../../domain/catalogue.ts';
import { generation, titleId } from '../../../domain/ids.ts';
import { NO_COUNTS } from '../../../domain/merge.ts';
import type { RankedTitle } from '../../../domain/trending.ts';
import { silentLog } from '../../../infra/log.ts';
import type { Rankings } from '../../../serving/rows/rankings.ts';
import { createRows, type Rows } from '../../../serving/rows/rows.ts';
import { NO_LOG_ENDS } from '../../../serving/log-end.ts';
import type { Standing } from '../../../serving/standing.ts';
import { entry, NOW } from '../../support/serving.ts';

const MERGED: Standing = {
  source: 'merged',
  generation: generation('g1'),
  later: [],
  fallbackReason: null,
  batch: NO_COUNTS,
  speed: { ...NO_COUNTS },
  viewVersion: 7,
  cut: { plays: [0], impressions: [0] },
  cutAgeMs: 0,
  watermark: { plays: [5], impressions: [5] },
  complete: true,
  incompleteReason: null,
  holes: [],
  silent: [],
  logEnds: NO_LOG_ENDS,
  windowsEnd: NOW,
};
const ranked = (...ids: string[]): RankedTitle[] =>
  ids.map((id) => ({
    titleId: titleId(id),
    ...{ plays: 10, impressions: 20, cappedPlays: 9, cappedImpressions: 18, score: 1 },
  }));
const ENTRIES = ['a', 'b'].map((id) => entry(id));

function rowsOver(rankings: Rankings, entries: readonly CatalogueEntry[] = ENTRIES): Rows {
  return createRows({
    catalogue: {
      find: (title) => entries.find((one) => one.titleId === title),
      inOrder: () => entries,
      size: () => entries.length,
    },
    rankings,
    takeRateStrength: 50,
    budgetMs: 1000,
    now: () => NOW,
    clock: () => 0,
    log: silentLog(),
  });
}

const broken = (): never => {
  throw new Error('its time was over');
};
const request = { window: '1h', limit: 10 } as const;
const idsOf = ({ items }: { items: readonly { titleId: string }[] }): string[] =>
  items.map((item) => item.titleId);

test('where merging fails, the batch view answers alone and says why', () => {
  const rows = rowsOver({
    trending: (standing) => (standing.source === 'merged' ? broken() : ranked('b')),
    popular: broken,
  });
  const row = rows.trending(MERGED, request);
  assert.deepEqual(idsOf(row), ['b']);
  assert.deepEqual(
    [row.standing.source, row.standing.fallbackReason, row.standing.complete],
    ['batch', 'merging failed: its time was over', false],
  );
});

test('a merged row that is empty is not replaced by an older one of the same kind', () => {
  const rows = rowsOver({
    trending: (standing) => (standing.source === 'merged' ? [] : ranked('b')),
    popular: () => ranked('a'),
  });
  const row = rows.trending(MERGED, request);
  assert.deepEqual(idsOf(row), ['a']);
  assert.equal(row.standing.source, 'fallback');
});

test('where every step fails, the catalogue answers', () => {
  const rows = rowsOver({ trending: broken, popular: broken });
  for (const row of [rows.trending(MERGED, request), rows.popular(MERGED, request)]) {
    assert.deepEqual(idsOf(row), ['a', 'b']);
    assert.equal(row.standing.source, 'fallback');
    assert.match(row.standing.fallbackReason ?? '', /the catalogue in its order/);
    assert.match(row.takeRateReason ?? '', /nothing that was counted/);
  }
});

test('what may not be shown now is not shown, wherever the row comes from', () => {
  const over = { '*': [{ from: null, to: NOW }] };
  const entries = [entry('a', { availability: over }), entry('b'), entry('c', { availability: {} })];
  const all: Rankings = { trending: () => ranked('a', 'b', 'c'), popular: () => [] };
  assert.deepEqual(idsOf(rowsOver(all, entries).trending(MERGED, request)), ['b']);
  assert.deepEqual(idsOf(rowsOver(all, entries).popular(MERGED, request)), ['b']);
});

test('take rates are withheld wherever the answer is not complete, and the row says why', () => {
  const all: Rankings = { trending: () => ranked('a', 'b'), popular: () => ranked('b') };
  const shown = rowsOver(all).popular(MERGED, request);
  assert.equal(shown.takeRateReason, null);
  assert.equal(typeof shown.items[0]?.takeRate, 'number');
  const incompleteReason = 'speed lane is silent (plays/0)';
  const doubtful: Standing = { ...MERGED, complete: false, incompleteReason };
  for (const row of [
    rowsOver(all).popular(doubtful, request),
    rowsOver(all).trending(doubtful, request),
    rowsOver({ trending: () => [], popular: () => ranked('b') }).trending(doubtful, request),
  ]) {
    assert.ok(row.items.length > 0);
    assert.deepEqual(new Set(row.items.map(({ takeRate }) => takeRate)), new Set([null]));
    assert.equal(row.takeRateReason, incompleteReason);
  }
});
