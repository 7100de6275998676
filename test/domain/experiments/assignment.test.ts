import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armOf, armsText, cohortOf } from '../../../domain/experiments/assignment.ts';
import type { Experiment } from '../../../domain/experiments/experiment.ts';
import { profileId } from '../../../domain/ids.ts';

const PROFILES = Array.from({ length: 20_000 }, (_, i) => profileId(`profile-${i}`));

const experiment = (weights: Record<string, number>, salt = 'taste'): Experiment => ({
  name: 'taste',
  salt,
  interleavedRow: null,
  arms: Object.entries(weights).map(([name, weight]) => ({ name, weight, overrides: [] })),
});
const armsOf = (weights: Record<string, number>, salt?: string): string[] =>
  PROFILES.map((profile) => armOf(experiment(weights, salt), profile).name);

function tally(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

test('profiles are shared out as the weights say, and stay where they are', () => {
  const arms = armsOf({ control: 8, mild: 1, strong: 1 });
  assert.deepEqual(arms, armsOf({ control: 8, mild: 1, strong: 1 }));
  // Fixed for good: another hash would move everybody who is in an experiment.
  assert.deepEqual(tally(arms), { control: 15957, mild: 1993, strong: 2050 });
  assert.deepEqual(arms, armsOf({ strong: 1, mild: 1, control: 8 }), 'the order of arms is no matter');
});

test('an arm that grows only draws profiles in, an arm that falls only lets them out', () => {
  const before = armsOf({ control: 2, mild: 1, strong: 1 });
  const grown = armsOf({ control: 2, mild: 1, strong: 2 });
  const moved = PROFILES.flatMap((_, i) => (before[i] === grown[i] ? [] : [grown[i]!]));
  // From a quarter to two fifths: 15 % of 20,000 is the least that can move.
  assert.deepEqual(tally(moved), { strong: moved.length });
  assert.ok(Math.abs(moved.length - 3000) < 150, String(moved.length));
  const fallen = armsOf({ control: 2, mild: 1, strong: 0.25 });
  assert.ok(PROFILES.every((_, i) => before[i] === fallen[i] || before[i] === 'strong'));
  const without = armsOf({ control: 2, mild: 1 });
  assert.ok(PROFILES.every((_, i) => before[i] === without[i] || before[i] === 'strong'));
});

test('experiments are independent: of the profiles in any arm of one, the other has its usual shares', () => {
  const first = armsOf({ a: 1, b: 1 }, 'one');
  const second = armsOf({ a: 3, b: 1 }, 'two');
  const joint = tally(PROFILES.map((_, i) => `${first[i]}${second[i]}`));
  const expected: Record<string, number> = { aa: 7500, ab: 2500, ba: 7500, bb: 2500 };
  for (const [pair, count] of Object.entries(expected)) {
    // Four standard deviations of a binomial count.
    const most = 4 * Math.sqrt(count * (1 - count / PROFILES.length));
    assert.ok(Math.abs(joint[pair]! - count) < most, `${pair}: ${joint[pair]} for ${count}`);
  }
  // The arms of one experiment are not told by the other's salt with an arm's name at its end.
  assert.notDeepEqual(first, armsOf({ a: 1, b: 1 }, 'two'));
});

test('an arm without weight gets nobody', () => {
  assert.deepEqual(tally(armsOf({ control: 1, strong: 0 })), { control: PROFILES.length });
});

test('a cohort that grows moves nobody but from the rest into it, and its baseline is as large', () => {
  const of = (share: number): string[] => PROFILES.map((profile) => cohortOf(profile, 'item-factors', share));
  const [small, large] = [of(0.01), of(0.05)];
  assert.deepEqual(tally(small), { rest: 19563, candidate: 212, baseline: 225 });
  assert.ok(PROFILES.every((_, i) => small[i] === large[i] || small[i] === 'rest'));
  assert.deepEqual(tally(of(0)), { rest: PROFILES.length });
  const halves = tally(of(2));
  assert.equal(halves['candidate']! + halves['baseline']!, PROFILES.length);
});

test('arms are written by experiment', () => {
  const one = experiment({ a: 1, b: 1 });
  const assigned = [one, { ...one, name: 'zeal' }].map((each) => ({ experiment: each, arm: each.arms[0]! }));
  assert.equal(armsText(assigned), 'taste=a,zeal=a');
  assert.equal(armsText([]), '');
});
