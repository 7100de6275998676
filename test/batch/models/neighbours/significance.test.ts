import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logLikelihoodRatio, shrunkLift } from '../../../../batch/models/neighbours/significance.ts';

const near = (actual: number, expected: number, within = 1e-6): void => {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);
};

/** A 2 × 2 table by its four cells. */
const table = fc.record({
  both: fc.nat(5000),
  onlyFirst: fc.nat(5000),
  onlySecond: fc.nat(5000),
  neither: fc.nat(1_000_000),
});

test('a pair that is watched together as often as chance has it scores 0', () => {
  near(logLikelihoodRatio({ both: 10, first: 100, second: 100, profiles: 1000 }), 0);
});

test('is the difference of the likelihoods of one rate and of two (Dunning, section 4)', () => {
  const logBinomial = (hits: number, of: number, rate: number): number =>
    (hits === 0 ? 0 : hits * Math.log(rate)) + (hits === of ? 0 : (of - hits) * Math.log(1 - rate));
  fc.assert(
    fc.property(table, ({ both, onlyFirst, onlySecond, neither }) => {
      const first = both + onlyFirst;
      const second = both + onlySecond;
      const profiles = second + onlyFirst + neither;
      fc.pre(first > 0 && first < profiles && second > 0 && second < profiles);
      const rest = profiles - first;
      const rate = second / profiles;
      const expected =
        2 *
        (logBinomial(both, first, both / first) +
          logBinomial(onlySecond, rest, onlySecond / rest) -
          logBinomial(both, first, rate) -
          logBinomial(onlySecond, rest, rate));
      const found = logLikelihoodRatio({ both, first, second, profiles });
      near(Math.abs(found), Math.max(0, expected), 1e-5 + 1e-9 * profiles);
      if (Math.abs(found) > 1e-4) assert.equal(found > 0, both > (first * second) / profiles);
    }),
  );
});

test('does not depend on which title is first', () => {
  const pair = { both: 30, first: 50, second: 400, profiles: 1000 };
  near(logLikelihoodRatio(pair), logLikelihoodRatio({ ...pair, first: 400, second: 50 }));
});

test('more of the same evidence is more significant, where a ratio would stay', () => {
  const little = logLikelihoodRatio({ both: 2, first: 4, second: 4, profiles: 100 });
  const much = logLikelihoodRatio({ both: 200, first: 400, second: 400, profiles: 10_000 });
  near(much, 100 * little, 1e-6 * much);
});

test('titles that everybody watched say nothing', () => {
  near(logLikelihoodRatio({ both: 7, first: 10, second: 7, profiles: 10 }), 0);
  assert.equal(logLikelihoodRatio({ both: 1, first: 1, second: 1, profiles: 1 }), 0);
});

test('lift is drawn towards 1 the more, the less is known', () => {
  const pair = { both: 1, first: 1, second: 1, profiles: 1000 };
  assert.equal(shrunkLift(pair, 0), 1000);
  near(shrunkLift(pair, 10), 1.1, 0.01);
});
