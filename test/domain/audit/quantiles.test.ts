import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTime, createTimeHistogram, timeQuantile } from '../../../domain/audit/quantiles.ts';

const quantileOf = (times: readonly number[], q: number): number => {
  const histogram = createTimeHistogram();
  for (const time of times) addTime(histogram, time);
  return timeQuantile(histogram, q);
};

test('quantiles are told within 19 %, of times before and after zero', () => {
  for (const scale of [1, 40, 1000, 4_000_000]) {
    for (const sign of [1, -1]) {
      const times = Array.from({ length: 1000 }, (_, i) => sign * scale * (i + 1));
      for (const q of [0.1, 0.5, 0.99]) {
        const exact = times.toSorted((a, b) => a - b)[Math.ceil(q * 1000) - 1]!;
        const told = quantileOf(times, q);
        assert.ok(Math.abs(told / exact - 1) <= 0.19, `${q} of ${sign}·${scale}: ${told}, is ${exact}`);
      }
    }
  }
});

test('zero is zero, nothing is zero, and what is beyond 49 days stands in the last bucket', () => {
  assert.equal(quantileOf([0, 0, 0], 0.5), 0);
  assert.equal(quantileOf([], 0.5), 0);
  assert.ok(quantileOf([1e15], 0.5) > 40 * 86_400_000);
});
