import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumCare } from '../../domain/lake-care.ts';

test('what steps did to a table is added up, and tables of which nothing was done are left out', () => {
  const lines = [
    { table: 'plays', hoursCompacted: 2, filesBefore: 10, filesAfter: 2 },
    { table: 'searches', tagsSet: 0, tagsRemoved: 0 },
    { table: 'plays', hoursCompacted: 1, filesBefore: 5, filesAfter: 1 },
    { table: 'signals', orphansFound: 3, orphansRemoved: 0 },
  ];
  const nothing = {
    ...{ tagsSet: 0, tagsRemoved: 0, hoursCompacted: 0, filesBefore: 0, filesAfter: 0 },
    ...{ snapshotsExpired: 0, orphansFound: 0, orphansRemoved: 0 },
  };
  assert.deepEqual(sumCare(lines), [
    { ...nothing, table: 'plays', hoursCompacted: 3, filesBefore: 15, filesAfter: 3 },
    { ...nothing, table: 'signals', orphansFound: 3 },
  ]);
});
