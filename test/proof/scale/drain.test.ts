import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScaleSample } from '../../support/scale-run.ts';
import { drainOf } from './drain.ts';

const ALLOWANCE_MS = 3000;
const STEP = { from: 1000, to: 9000 };

/** One a second from 0 on, at 100 arrivals a second: desired, running and lag. */
const samplesOf = (...all: readonly (readonly [number, number, number])[]): ScaleSample[] =>
  all.map(([desired, running, lag], i) => ({
    ...{ at: i * 1000, desired, running, lag_records: lag, arrivals_per_second: 100 },
    capacity_per_second: 50 + i,
  }));

test('a step is absorbed when nothing waits beyond the allowance, from the last decision on', () => {
  const samples = samplesOf(
    ...([
      [1, 1, 0],
      [1, 1, 200],
      [2, 1, 500],
      [3, 1, 700],
      [3, 2, 600],
    ] as const),
    ...([
      [3, 3, 400],
      [3, 3, 301],
      [3, 3, 300],
      [3, 3, 100],
      [3, 3, 900],
      [1, 3, 9999],
    ] as const),
  );
  assert.deepEqual(drainOf(samples, STEP, ALLOWANCE_MS), {
    ...{ startMs: 2000, drainMs: 4000, mostLag: 900, capacity: 59 },
  });
});

test('a backlog that is never gone has no drain time, and a fleet that did not grow is no answer', () => {
  const late = samplesOf([1, 1, 0], [1, 1, 200], [2, 1, 500], [2, 2, 700], [2, 2, 600]);
  assert.equal(drainOf(late, STEP, ALLOWANCE_MS)?.drainMs, undefined);
  assert.equal(drainOf(samplesOf([1, 1, 0], [1, 1, 500], [1, 1, 600]), STEP, ALLOWANCE_MS), undefined);
  assert.equal(drainOf(samplesOf([1, 1, 0], [1, 1, 500], [2, 1, 600]), STEP, ALLOWANCE_MS), undefined);
});
