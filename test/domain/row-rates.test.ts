import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowRatesOf } from '../../domain/row-rates.ts';

const row = (name: string, shown: number, unbiasedRate: number) => ({
  row: name,
  shown,
  taken: Math.round(shown * unbiasedRate),
  unbiasedRate,
});

test('a row that was shown often has its own rate, one that was hardly shown that of all rows', () => {
  const rates = rowRatesOf(
    [row('trending', 1_000_000, 0.2), row('popular', 1_000_000, 0.1), row('new', 2, 1)],
    1000,
  );
  assert.ok(Math.abs(rates.get('trending')! - 0.2) < 0.001);
  assert.ok(Math.abs(rates.get('popular')! - 0.1) < 0.001);
  assert.ok(Math.abs(rates.get('new')! - 0.15) < 0.01);
});

test('a kind is what all rows of it did together', () => {
  const rates = rowRatesOf(
    [row('genre:Drama', 3000, 0.1), row('genre:Horror', 1000, 0.3), row('genres', 1, 1)],
    0,
  );
  assert.equal(rates.get('genre'), 0.15);
  assert.equal(rates.get('genre:Horror'), 0.3);
});

test('nothing shown says nothing', () => {
  assert.equal(rowRatesOf([], 100).size, 0);
  assert.equal(rowRatesOf([row('trending', 0, 0)], 100).size, 0);
});
