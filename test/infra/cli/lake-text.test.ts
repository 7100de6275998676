import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactedRows, orphanRows, sizeText, taggedRows } from '../../../infra/cli/lake-text.ts';

test('sizes are told in the unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 5 * 2 ** 20, 3 * 2 ** 40].map(sizeText), [
    ...['0 B', '1023 B', '1.0 KiB', '5.0 MiB', '3.0 TiB'],
  ]);
});

test('where there is nothing to tell there is no head either', () => {
  assert.deepEqual(taggedRows([{ table: 'plays', set: [], removed: [], lost: [] }]), []);
  assert.deepEqual(compactedRows([]), []);
});

test('tags say what became of them, and a table that is left alone says why', () => {
  const [, ...tags] = taggedRows([{ table: 'plays', set: ['a.v2'], removed: ['a.v1'], lost: ['b.v1'] }]);
  assert.deepEqual(tags, [
    ['plays', 'a.v2', 'set'],
    ['plays', 'a.v1', 'removed'],
    ['plays', 'b.v1', 'its snapshot is gone'],
  ]);
  const nothing = { hours: 0, filesBefore: 0, filesAfter: 0, bytesBefore: 0, bytesAfter: 0, waiting: 0 };
  assert.equal(
    compactedRows([{ ...nothing, table: 'plays', reason: 'it has equality deletes' }])[1]?.at(-1),
    'it has equality deletes',
  );
});

test('of many orphans the first are shown, and how many more there are', () => {
  const found = Array.from({ length: 25 }, (_, n) => ({
    ...{ path: `s3://b/${n}`, bytes: 1, since: '2026-01-01T00:00:00.000Z', isDue: n === 0 },
  }));
  const rows = orphanRows([{ table: 'plays', files: 30, found, removed: 0, removedBytes: 0 }]);
  assert.deepEqual(rows[1], ['plays', 'due', '1 B', 's3://b/0']);
  assert.deepEqual([rows.length, rows.at(-1)?.at(-1)], [22, 'and 5 more, with --json']);
});
