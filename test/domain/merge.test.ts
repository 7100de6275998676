import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCountStore } from '../../domain/count-store.ts';
import { country, titleId, type TitleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import {
  mergeBuckets,
  mergeRows,
  mergeTitle,
  mergeTotals,
  NO_COUNTS,
  nothingCounted,
  type CountSource,
} from '../../domain/merge.ts';
import { createReachStore } from '../../domain/reach-store.ts';
import { textColumn } from '../../domain/text-column.ts';
import { OUTSIDE_WINDOWS } from '../../domain/time.ts';

/** [title, country, bucket, plays, impressions] */
type Row = readonly [string, string, number, number, number];

function storeOf(rows: readonly Row[]): CountSource {
  const measures = new Float64Array(rows.length * MEASURE_COUNT);
  rows.forEach(([, , , plays, impressions], i) =>
    measures.set([plays, 0, impressions, 0], i * MEASURE_COUNT),
  );
  const store = createCountStore();
  const columns = {
    size: rows.length,
    titles: textColumn(rows.map(([title]) => titleId(title))),
    countries: textColumn(rows.map(([, where]) => country(where))),
    buckets: Int32Array.from(rows, ([, , bucket]) => bucket),
    measures,
  };
  store.add(columns, 1);
  return { ...NO_COUNTS, ...store };
}

const batch = storeOf([
  ['a', 'DE', 10, 5, 50],
  ['a', 'FR', 11, 2, 20],
  ['b', 'DE', OUTSIDE_WINDOWS, 7, 0],
]);
const speed = storeOf([
  ['a', 'DE', 12, 1, 4],
  ['c', 'FR', 12, 3, 3],
]);
const [A, B, C] = ['a', 'b', 'c'].map(titleId) as [never, never, never];

test('a title has a batch part, a speed part and their sum', () => {
  assert.deepEqual(mergeTitle(batch, speed, A)?.plays, { batch: 7, speed: 1, total: 8 });
  assert.deepEqual(mergeTitle(batch, speed, A, country('DE'))?.impressions, {
    batch: 50,
    speed: 4,
    total: 54,
  });
  assert.deepEqual(mergeTitle(batch, speed, C)?.plays, { batch: 0, speed: 3, total: 3 });
});

test('a title that neither lane has heard of has no counts, which is not the same as counts of zero', () => {
  assert.equal(mergeTitle(batch, speed, titleId('z')), undefined);
  assert.equal(mergeTitle(batch, speed, B, country('FR')), undefined);
  assert.deepEqual(nothingCounted().plays, { batch: 0, speed: 0, total: 0 });
});

test('totals hold what lies outside every window, windows do not', () => {
  assert.deepEqual([...mergeTotals([batch, speed]).get(B)!], [7, 0, 0, 0, 0, 0, 0, 0]);
  const window = mergeBuckets([batch, speed], [-5, 100]);
  assert.equal(window.get(B), undefined);
  assert.deepEqual([...window.get(A)!], [8, 0, 74, 0, 0, 0, 0, 0]);
});

test('a window begins with its first bucket and ends before its last', () => {
  assert.deepEqual([...mergeBuckets([batch, speed], [11, 12]).keys()], [A]);
  assert.deepEqual([...mergeBuckets([batch, speed], [11, 12]).get(A)!], [2, 0, 20, 0, 0, 0, 0, 0]);
  assert.deepEqual([...mergeBuckets([batch, speed], [10, 13], country('FR')).keys()].sort(), [A, C]);
});

test('work that runs out of time ends with what the checkpoint throws', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [`t${i}`, 'DE', 1, 1, 1] as const);
  const late = (): never => {
    throw new Error('too late');
  };
  assert.throws(() => mergeTotals([storeOf(rows)], undefined, late), /too late/);
  assert.equal(mergeTotals([NO_COUNTS], undefined, late).size, 0);
});

test('rows add up over both lanes, most impressions first', () => {
  const rowsOf = (counts: readonly (readonly [string, number, number])[]): CountSource => {
    const store = createReachStore();
    store.addRows(
      {
        size: counts.length,
        titles: textColumn(counts.map(() => A as TitleId)),
        rows: textColumn(counts.map(([row]) => row)),
        measures: Float64Array.from(counts.flatMap(([, seen, capped]) => [seen, capped])),
      },
      1,
    );
    return { ...NO_COUNTS, eachRow: store.eachRow };
  };
  const merged = mergeRows(
    rowsOf([
      ['new', 2, 2],
      ['trending', 5, 3],
    ]),
    rowsOf([['new', 4, 1]]),
    A,
    {
      byRow: new Map([
        ['new', 3],
        ['search', 1],
      ]),
      since: 0,
    },
  );
  assert.deepEqual(merged, [
    {
      row: 'new',
      plays: 3,
      impressions: { batch: 2, speed: 4, total: 6 },
      cappedImpressions: { batch: 2, speed: 1, total: 3 },
    },
    {
      row: 'trending',
      plays: 0,
      impressions: { batch: 5, speed: 0, total: 5 },
      cappedImpressions: { batch: 3, speed: 0, total: 3 },
    },
    {
      row: 'search',
      plays: 1,
      impressions: { batch: 0, speed: 0, total: 0 },
      cappedImpressions: { batch: 0, speed: 0, total: 0 },
    },
  ]);
});
