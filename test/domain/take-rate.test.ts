import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTakeRates, MOST_PRIOR_MEAN, takeRate, takeRatePrior } from '../../domain/take-rate.ts';

const catalogue = fc.record({ plays: fc.nat(1_000_000), impressions: fc.nat(1_000_000) });
const strength = fc.double({ min: 0, max: 10_000, noNaN: true });

test('1 of 2 never outranks 50 of 100, whatever the catalogue and the strength are', () => {
  fc.assert(
    fc.property(catalogue, strength, (sums, weight) => {
      const prior = takeRatePrior(sums, weight);
      const order = compareTakeRates({ plays: 1, impressions: 2 }, { plays: 50, impressions: 100 }, prior);
      assert.ok(order > 0, `1 of 2 came first under ${JSON.stringify(prior)}`);
    }),
  );
});

test('the rate lies between the raw one and the prior, and nears the raw one with evidence', () => {
  const prior = takeRatePrior({ plays: 100, impressions: 1000 }, 50);
  assert.equal(prior.mean, 0.1);
  assert.equal(takeRate({ plays: 0, impressions: 0 }, prior), 0.1);
  assert.equal(takeRate({ plays: 5, impressions: 10 }, prior), (5 + 5) / (10 + 50));
  assert.ok(Math.abs(takeRate({ plays: 50_000, impressions: 100_000 }, prior) - 0.5) < 0.001);
});

test('plays that no impression explains do not push a rate above 1 or a prior above one half', () => {
  const prior = takeRatePrior({ plays: 900, impressions: 10 }, 20);
  assert.equal(prior.mean, MOST_PRIOR_MEAN);
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), strength, (plays, impressions, weight) => {
      const rate = takeRate({ plays, impressions }, { ...prior, strength: weight });
      assert.ok(rate >= 0 && rate <= 1);
    }),
  );
});

test('a catalogue that was never shown gives a rate of 0, not NaN', () => {
  assert.equal(takeRate({ plays: 0, impressions: 0 }, takeRatePrior({ plays: 0, impressions: 0 }, 0)), 0);
});
