import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, pickByShare, seedOf } from '../../domain/random.ts';

test('numbers stay in range and spread evenly', () => {
  const random = createRandom(seedOf('spread'));
  const bins = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < 10_000; index += 1) {
    const bin = random.below(10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  assert.equal(bins.length, 10);
  for (const count of bins) assert.ok(count > 850 && count < 1150, `bin of ${count}`);
});

test('labels make different seeds, whatever their boundaries', () => {
  assert.notEqual(seedOf('a', 'bc'), seedOf('ab', 'c'));
  assert.equal(seedOf(1, 'x'), seedOf(1, 'x'));
});

test('shares are honoured', () => {
  const random = createRandom(5);
  let hits = 0;
  for (let index = 0; index < 10_000; index += 1) {
    if (
      pickByShare(random, [
        { value: 'a', share: 3 },
        { value: 'b', share: 1 },
      ]) === 'a'
    )
      hits += 1;
  }
  assert.ok(hits > 7_200 && hits < 7_800, `a was picked ${hits} times`);
});
