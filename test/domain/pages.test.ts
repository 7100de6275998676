import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineFaults } from '../../domain/line-faults.ts';
import { createPageSet, readPageRow, type PageRow } from '../../domain/pages.ts';

const ROW: PageRow = {
  pageId: 'home',
  pageKind: 'home',
  rowId: 'trending',
  rowKind: 'trending',
  rowIndex: 0,
  rowLength: 15,
};

const read = (change: object): PageRow =>
  readPageRow({ ...ROW, ...change }, (reason) => {
    throw new RangeError(reason);
  });

function refusalOf(rows: readonly Partial<PageRow>[]) {
  const faults = createLineFaults(10);
  const set = createPageSet(faults);
  rows.forEach((row, index) => set.add(index + 1, { ...ROW, ...row }));
  return faults.refusal();
}

test('a row is read as it stands, without what nobody knows', () => {
  assert.deepEqual(read({ colour: 'blue' }), ROW);
});

test('a line that is no row is refused with the field and its shape', () => {
  for (const [change, reason] of [
    [{ pageId: '' }, /pageId is ""/],
    [{ pageId: 'x'.repeat(129) }, /pageId has 129 characters/],
    [{ rowId: 'a\nb' }, /rowId/],
    [{ rowId: '\ud800' }, /rowId/],
    [{ pageKind: 'Home Page' }, /pageKind/],
    [{ rowKind: undefined }, /rowKind is missing/],
    [{ rowIndex: -1 }, /rowIndex is -1/],
    [{ rowIndex: 1.5 }, /rowIndex is 1.5/],
    [{ rowLength: 10_001 }, /rowLength is 10001/],
  ] as const) {
    assert.throws(() => read(change), reason);
  }
});

test('the same row may stand on two pages, and two rows on one', () => {
  assert.equal(
    refusalOf([{}, { pageId: 'films', pageKind: 'browse' }, { rowId: 'top-picks', rowIndex: 1 }]),
    null,
  );
});

test('a row or a place that comes twice on a page, and a page of two kinds, are refused by line', () => {
  assert.deepEqual(refusalOf([{}, { rowIndex: 1 }]), {
    rule: 'keys',
    reason: '1 bad line: line 2: row trending is on page home already',
  });
  assert.match(
    refusalOf([{}, { rowId: 'top-picks' }])?.reason ?? '',
    /line 2: place 0 of page home is taken/,
  );
  assert.equal(refusalOf([{}, { rowId: 'x', rowIndex: 1, pageKind: 'browse' }])?.rule, 'source-lines');
});
