import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceInterval, wilsonInterval } from '../../../domain/contracts/proportion.ts';

const near = (actual: number, expected: number, within = 5e-5): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not near ${expected}`);

test('the intervals are those of the published examples', () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
  for (const [present, events, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(present, events, 1.959964);
    near(interval.low, low);
    near(interval.high, high);
  }
  // Newcombe 1998, "Interval estimation for the difference", table II, method 10: 56/70 − 48/80.
  const moved = differenceInterval({ present: 56, events: 70 }, { present: 48, events: 80 }, 1.959964);
  near(moved.low, 0.0524);
  near(moved.high, 0.3339);
});

test('an interval lies in [0, 1], holds the share, and ends where the score test begins to refuse', () => {
  const sample = fc
    .integer({ min: 1, max: 100_000 })
    .chain((events) =>
      fc.record({ events: fc.constant(events), present: fc.integer({ min: 0, max: events }) }),
    );
  fc.assert(
    fc.property(sample, fc.double({ min: 0.1, max: 6, noNaN: true }), ({ present, events }, z) => {
      const { low, high } = wilsonInterval(present, events, z);
      const share = present / events;
      assert.ok(low >= 0 && high <= 1 && low <= share && share <= high);
      for (const end of [low, high]) {
        if (end > 1e-9 && end < 1 - 1e-9)
          near(Math.abs(share - end), z * Math.sqrt((end * (1 - end)) / events), 1e-9);
      }
    }),
  );
});

test('no event says nothing, and more events say more', () => {
  assert.deepEqual(wilsonInterval(0, 0, 3), { low: 0, high: 1 });
  const width = (events: number): number => {
    const { low, high } = wilsonInterval(events / 2, events, 3);
    return high - low;
  };
  assert.ok(width(10) > width(100) && width(100) > width(1000));
  assert.deepEqual(differenceInterval({ present: 0, events: 0 }, { present: 0, events: 0 }, 3), {
    low: -0.7071067811865476,
    high: 0.7071067811865476,
  });
});
