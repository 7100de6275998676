import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interleavedReportOf, reportOf, type ArmSums } from '../../../domain/experiments/report.ts';
import { createRandom, type Random } from '../../../domain/random.ts';

type Profile = readonly [impressions: number, plays: number];

function sumsOf(arm: string, profiles: readonly Profile[]): ArmSums {
  const sum = (of: (profile: Profile) => number): number => profiles.reduce((all, one) => all + of(one), 0);
  return {
    arm,
    profiles: profiles.length,
    x: sum(([x]) => x),
    y: sum(([, y]) => y),
    xx: sum(([x]) => x * x),
    xy: sum(([x, y]) => x * y),
    yy: sum(([, y]) => y * y),
  };
}

/** Some play much of what they see and some hardly anything: impressions of one profile are alike. */
function drawn(random: Random, count: number, lift: number): Profile[] {
  return Array.from({ length: count }, () => {
    const impressions = 1 + random.below(60);
    const rate = (random.chance(0.3) ? 0.3 : 0.02) + lift;
    let plays = 0;
    for (let i = 0; i < impressions; i++) if (random.chance(rate)) plays += 1;
    return [impressions, plays] as const;
  });
}

const WEIGHTS = new Map([
  ['control', 1],
  ['strong', 1],
]);

test('the ratio and its interval are those of the formula, worked out by hand', () => {
  const { arms, against } = reportOf(
    [
      sumsOf('control', [
        [10, 1],
        [10, 3],
      ]),
    ],
    WEIGHTS,
  );
  const [control] = arms;
  assert.equal(against, 'control');
  // R = 4/20; residuals ∓1; variance = (1 + 1) · 2 / (1 · 400) = 0.01.
  assert.equal(control!.playsPerImpression!.value, 0.2);
  assert.ok(Math.abs(control!.playsPerImpression!.high - (0.2 + 1.959964 * 0.1)) < 1e-12);
});

test('intervals of ratio and difference hold the truth about as often as they say', () => {
  const random = createRandom(7);
  const truth = 0.3 * 0.3 + 0.7 * 0.02;
  const rounds = 400;
  let [held, heldDifference] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const [control, strong] = reportOf(
      [sumsOf('control', drawn(random, 200, 0)), sumsOf('strong', drawn(random, 200, 0.02))],
      WEIGHTS,
    ).arms;
    const { low, high } = control!.playsPerImpression!;
    if (low <= truth && truth <= high) held += 1;
    const { difference } = strong!;
    if (difference!.low <= 0.02 && 0.02 <= difference!.high) heldDifference += 1;
  }
  // 380 expected; five standard deviations are 22. An interval that took impressions as independent holds it some 230 times.
  assert.ok(held > 358 && held < 400, String(held));
  assert.ok(heldDifference > 358 && heldDifference < 400, String(heldDifference));
});

test('shares of profiles that are not what the weights say are called unbalanced', () => {
  const profiles = (count: number): Profile[] => Array.from({ length: count }, () => [10, 1] as const);
  const of = (control: number, strong: number): boolean =>
    reportOf([sumsOf('control', profiles(control)), sumsOf('strong', profiles(strong))], WEIGHTS).isBalanced;
  assert.equal(of(5050, 4950), true);
  assert.equal(of(5500, 4500), false);
});

test('an arm nobody was in is there with nothing known, and one that is not declared is shown', () => {
  const { arms } = reportOf(
    [
      sumsOf('former', [
        [1, 0],
        [2, 1],
      ]),
    ],
    WEIGHTS,
  );
  assert.deepEqual(
    arms.map(({ arm, expectedShare, profiles, playsPerImpression }) => [
      arm,
      expectedShare,
      profiles,
      playsPerImpression === null,
    ]),
    [
      ['control', 0.5, 0, true],
      ['former', null, 2, false],
      ['strong', 0.5, 0, true],
    ],
  );
  assert.ok(arms.every(({ difference }) => difference === null));
});

test('an interleaved row prefers whose titles are played by more profiles, each profile counting once', () => {
  const credits = [{ a: 9, b: 0 }, ...Array.from({ length: 30 }, () => ({ a: 0, b: 1 })), { a: 0, b: 0 }];
  const { profiles, plays, wins, preference } = interleavedReportOf(credits);
  assert.equal(profiles, 31);
  assert.deepEqual(plays, { a: 9, b: 30 });
  assert.deepEqual(wins, { a: 1, b: 30 });
  assert.ok(preference!.high < 0, JSON.stringify(preference));
  assert.equal(interleavedReportOf([{ a: 1, b: 0 }]).preference, null);
});
