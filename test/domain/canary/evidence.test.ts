import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playsItTakes, rulesOutLoss } from '../../../domain/canary/evidence.ts';

const RULES = { effect: 0.3, beta: 0.05 };

test('a loss is ruled out where little enough is left to chance, and not where more is', () => {
  const equal = { candidate: 0.1, baseline: 0.1 };
  assert.equal(rulesOutLoss({ ...equal, variance: 0.01 ** 2 }, RULES), true);
  assert.equal(rulesOutLoss({ ...equal, variance: 0.03 ** 2 }, RULES), false);
  assert.equal(rulesOutLoss({ candidate: 0.07, baseline: 0.1, variance: 0.001 ** 2 }, RULES), false);
});

test('beside a cohort without a play nothing is ruled out', () => {
  assert.equal(rulesOutLoss({ candidate: 0.1, baseline: 0, variance: 0.001 }, RULES), false);
  assert.equal(rulesOutLoss({ candidate: 0, baseline: 0, variance: 0 }, RULES), false);
});

test('half the loss to be ruled out takes four times the plays', () => {
  const ratio = playsItTakes({ ...RULES, effect: 0.15 }) / playsItTakes(RULES);
  assert.ok(Math.abs(ratio - 4) < 0.05, `${ratio}`);
});
