import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { learnPropensities, performanceOf, type PositionCell } from '../../domain/position-bias.ts';
import { createRandom } from '../../domain/random.ts';

/** Better items are shown at better positions, as every ranking does; takes are drawn from a known model. */
function drawCells(theta: readonly number[], items: number, sightings: number): PositionCell[] {
  const random = createRandom(5);
  return Array.from({ length: items }, (_, item) => {
    const wanted = 0.4 / (1 + item);
    return theta.map((looked, position): PositionCell => {
      const shown = Math.round(sightings / (1 + Math.abs(position - item / 2)));
      let taken = 0;
      for (let i = 0; i < shown; i++) if (random.chance(looked * wanted)) taken++;
      return { item: `i${item}`, position, shown, taken };
    });
  }).flat();
}

test('positions are learned though the best items stand at the best of them', () => {
  const theta = [1, 0.6, 0.35, 0.2];
  const cells = drawCells(theta, 8, 30_000);
  const learned = learnPropensities(cells);
  theta.forEach((value, position) => {
    assert.ok(Math.abs(learned.get(position)! - value) < 0.06 * value + 0.01, `position ${position}`);
  });
  // By raw rates the last position would seem far worse than it is.
  const rawOf = (at: number) =>
    performanceOf(
      cells.filter(({ position }) => position === at),
      new Map(),
    ).rate;
  assert.ok(Math.abs(rawOf(3) / rawOf(0) - 0.2) > 0.05);
});

test('an item that was shown low is estimated as if it had been looked at as others are', () => {
  const propensities = new Map([
    [0, 1],
    [9, 0.1],
  ]);
  const high = [{ item: 'a', position: 0, shown: 1000, taken: 100 }];
  const low = [{ item: 'b', position: 9, shown: 1000, taken: 20 }];
  assert.deepEqual(performanceOf(high, propensities), {
    shown: 1000,
    taken: 100,
    rate: 0.1,
    unbiasedRate: 0.1,
    unbiasedError: 0.01,
  });
  assert.equal(performanceOf(low, propensities).rate, 0.02);
  assert.ok(Math.abs(performanceOf(low, propensities).unbiasedRate - 0.2) < 1e-12);
  // Twenty takes of a weight of ten each are less certain than two hundred of one.
  assert.ok(Math.abs(performanceOf(low, propensities).unbiasedError - (10 * Math.sqrt(20)) / 1000) < 1e-12);
});

test('whatever was shown and taken, propensities lie between a hundredth and 1 and rates are finite', () => {
  const cell = fc.record({
    item: fc.constantFrom('a', 'b', 'c'),
    position: fc.nat(4),
    shown: fc.nat(50),
    taken: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(cell), (cells) => {
      const learned = learnPropensities(cells);
      for (const value of learned.values()) assert.ok(value >= 0.01 && value <= 1);
      const { rate, unbiasedRate } = performanceOf(cells, learned);
      assert.ok(Number.isFinite(rate) && Number.isFinite(unbiasedRate));
    }),
  );
  assert.equal(learnPropensities([]).size, 0);
  assert.deepEqual([...learnPropensities([{ item: 'a', position: 2, shown: 5, taken: 0 }])], [[2, 1]]);
});
