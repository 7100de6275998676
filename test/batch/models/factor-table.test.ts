import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorTable, readFactorTable } from '../../../batch/models/factor-table.ts';
import { isMarqueeError } from '../../../domain/errors.ts';

const rows = { ids: ['a', 'b'], width: 3, values: Float32Array.of(1, 2, 3, 4, 5, 6) };

test('factors are read as they were written, a column for each', () => {
  const table = factorTable('items', 'title_id', rows);
  assert.deepEqual(Object.keys(table.columns), ['title_id', 'f0', 'f1', 'f2']);
  assert.deepEqual(table.columns['f1']?.values, Float32Array.of(2, 5));
  assert.deepEqual(readFactorTable(table, 'title_id'), rows);
});

test('a factor that is NaN is refused with its title', () => {
  const table = factorTable('items', 'title_id', { ...rows, values: Float32Array.of(1, 2, 3, 4, NaN, 6) });
  assert.throws(() => readFactorTable(table, 'title_id'), /factor f1 of b is NaN/);
});

test('a table without ids or without factors is refused', () => {
  const table = factorTable('items', 'title_id', rows);
  const refused = (error: unknown): boolean => isMarqueeError(error, 'MODEL_INPUT_INVALID');
  assert.throws(() => readFactorTable(table, 'profile_id'), refused);
  assert.throws(
    () => readFactorTable({ ...table, columns: { title_id: table.columns['title_id']! } }, 'title_id'),
    refused,
  );
});
