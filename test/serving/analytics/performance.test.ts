import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowPerformance } from '../../../infra/views/row-performance.ts';
import {
  positionsPerformed,
  promotionsPerformed,
  rowsPerformed,
} from '../../../serving/analytics/performance.ts';

const performed = (shown: number, taken: number) => ({
  shown,
  taken,
  unbiasedRate: 0.2,
  unbiasedError: 0.01,
});
const VALUE: RowPerformance = {
  rows: [
    { row: 'popular', ...performed(100, 10) },
    { row: 'trending', ...performed(1000, 200) },
  ],
  positions: [
    { position: 0, propensity: 1, ...performed(500, 100) },
    { position: 1, propensity: 0.5, ...performed(500, 50) },
  ],
  rowPositions: [{ row: 'trending', position: 1, ...performed(400, 40) }],
  promotions: [
    { promotion: 'a', shown: 2, taken: 3 },
    { promotion: 'b', shown: 100, taken: 0 },
  ],
};
const KNOWN = { version: 7, asOf: '2026-01-01T00:00:00.000Z', value: VALUE };

test('rows come shown most first, with the interval of their rate and of the one rid of position', () => {
  const { version, rows } = rowsPerformed(KNOWN, 1);
  assert.equal(version, 7);
  assert.deepEqual(
    rows.map(({ row }) => row),
    ['trending'],
  );
  const [{ rate, unbiasedRate }] = rows as [(typeof rows)[0]];
  assert.equal(rate.value, 0.2);
  // Wilson for 200 of 1000.
  assert.ok(Math.abs(rate.low - 0.1764) < 1e-4 && Math.abs(rate.high - 0.2259) < 1e-4, JSON.stringify(rate));
  assert.ok(Math.abs(unbiasedRate.high - 0.2196) < 1e-4);
});

test('places are those of all rows, or of one row with what is known of the place', () => {
  assert.deepEqual(
    positionsPerformed(KNOWN, undefined).positions.map(({ position, propensity }) => [position, propensity]),
    [
      [0, 1],
      [1, 0.5],
    ],
  );
  const { row, positions } = positionsPerformed(KNOWN, 'trending');
  assert.equal(row, 'trending');
  assert.deepEqual(
    positions.map(({ position, propensity, shown }) => [position, propensity, shown]),
    [[1, 0.5, 400]],
  );
  assert.deepEqual(positionsPerformed(KNOWN, 'nothing').positions, []);
});

test('a promotion is found by its id; more plays than sightings are a rate of 1', () => {
  assert.deepEqual(
    promotionsPerformed(KNOWN, undefined, 10).promotions.map(({ promotion, rate }) => [
      promotion,
      rate.value,
    ]),
    [
      ['b', 0],
      ['a', 1],
    ],
  );
  assert.equal(promotionsPerformed(KNOWN, 'a', 10).promotions.length, 1);
});

test('before the first version nothing is known, and that is said', () => {
  assert.deepEqual(rowsPerformed(undefined, 10), { version: null, asOf: null, rows: [] });
  assert.deepEqual(positionsPerformed(undefined, 'trending').positions, []);
});
