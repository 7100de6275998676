import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BATCH_SPAN_MS, cutBatches } from '../../../streaming/extract/cut-batches.ts';

const at = (...minutes: readonly number[]) => minutes.map((minute) => ({ timestamp: minute * 60_000 }));
const cut = (minutes: readonly number[], maxRecords: number): number[][] =>
  Array.from(cutBatches(at(...minutes), maxRecords), (batch) =>
    batch.map(({ timestamp }) => timestamp / 60_000),
  );

test('a batch has no more records than asked for, and none is left out', () => {
  assert.deepEqual(cut([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(cut([1, 2], 2), [[1, 2]]);
  assert.deepEqual(cut([], 2), []);
});

test('a batch ends before it spans too much log time, which a clock stepping back does not hide', () => {
  assert.equal(BATCH_SPAN_MS, 5 * 60_000);
  assert.deepEqual(cut([0, 5, 6, 12, 3, 11], 9), [[0, 5], [6], [12, 3, 11]]);
  assert.deepEqual(cut([0, 60, 61, 200], 9), [[0], [60, 61], [200]]);
});
