import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAKE_TABLES, TABLE_COLUMNS } from '../../../infra/lake/tables.ts';

test('no table names a column twice', () => {
  for (const table of LAKE_TABLES) {
    const names = TABLE_COLUMNS[table].map((column) => column.name);
    assert.equal(new Set(names).size, names.length, `${table}: ${names.join(', ')}`);
  }
});

test('every table says where a row stood in the log, and when', () => {
  for (const table of LAKE_TABLES) {
    const names = new Set(TABLE_COLUMNS[table].map((column) => column.name));
    for (const name of ['region', 'generation', 'partition', 'offset', 'append_time']) {
      assert.ok(names.has(name), `${table}.${name}`);
    }
  }
});

test('the fields that counting reads are columns of plays', () => {
  const types = new Map(TABLE_COLUMNS.plays.map((column) => [column.name, column.type]));
  assert.equal(types.get('viewed_seconds'), 'DOUBLE');
  assert.equal(types.get('duration_seconds'), 'DOUBLE');
  assert.equal(types.get('raw_offset'), 'BIGINT');
  assert.equal(types.get('event_time'), 'TIMESTAMP');
});

test("the event's own region does not hide the region of the log", () => {
  assert.equal(TABLE_COLUMNS.impressions.filter((column) => column.name === 'region').length, 1);
  assert.ok(TABLE_COLUMNS.impressions.some((column) => column.name === 'event_region'));
});
