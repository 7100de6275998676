import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRIORITIES, shareShed, type Load, type ShedSettings } from '../../../infra/resilience/shed.ts';

const SETTINGS: ShedSettings = { lagMs: 10, inFlight: 100, mostInFlight: 2000 };
const QUIET: Load = { lagMs: 0, waitedMs: 0, inFlight: 0 };
const times = fc.double({ min: 0, max: 1e4, noNaN: true });
const loads = fc.record({ lagMs: times, waitedMs: times, inFlight: fc.nat(5000) });

test('nobody is turned away while nothing waits, or while hardly anybody asks', () => {
  for (const priority of PRIORITIES) assert.equal(shareShed(priority, QUIET, SETTINGS), 0);
  assert.equal(shareShed('prefetch', { lagMs: 9.9, waitedMs: 9.9, inFlight: 99 }, SETTINGS), 0);
});

test('whoever is missed more is never turned away more, and more load never turns fewer away', () => {
  fc.assert(
    fc.property(loads, loads, (one, other) => {
      const shares = PRIORITIES.map((priority) => shareShed(priority, one, SETTINGS));
      assert.deepEqual(
        shares,
        shares.toSorted((a, b) => a - b),
      );
      const more = {
        lagMs: Math.max(one.lagMs, other.lagMs),
        waitedMs: Math.max(one.waitedMs, other.waitedMs),
        inFlight: Math.max(one.inFlight, other.inFlight),
      };
      PRIORITIES.forEach((priority, n) => assert.ok(shareShed(priority, more, SETTINGS) >= shares[n]!));
    }),
  );
});

test('prefetches go first, home pages only past the most that may be under way, probes never', () => {
  const at = (lagMs: number, inFlight = 8) =>
    PRIORITIES.map((priority) => shareShed(priority, { lagMs, waitedMs: 0, inFlight }, SETTINGS));
  assert.deepEqual(at(12.5), [0, 0, 0, 0, 0.5]);
  assert.deepEqual(at(60), [0, 0, 0, 0.5, 1]);
  assert.deepEqual(at(120), [0, 0, 0.5, 1, 1]);
  assert.deepEqual(at(1e6), [0, 0, 1, 1, 1]);
  assert.deepEqual(at(1e6, 7), [0, 0, 0, 0, 0]);
  assert.equal(shareShed('prefetch', { ...QUIET, waitedMs: 12.5 }, SETTINGS), 0.5);
  assert.deepEqual(at(0, 150), [0, 0, 0, 0, 1]);
  assert.deepEqual(at(0, 2000), [0, 1, 1, 1, 1]);
});
