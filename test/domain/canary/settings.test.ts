import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCanary, readCanaryViews, type CanarySettings } from '../../../domain/canary/settings.ts';

const SETTINGS: CanarySettings = {
  ...{ views: 'item-factors', share: 0.05, mostShare: 0.25, budgetMs: 1_800_000, longerMs: 900_000 },
  ...{ lookMs: 30_000, trafficMs: 3_600_000, alpha: 0.01, effect: 0.3, beta: 0.05, tolerance: 0.05 },
  ...{ minProfiles: 50, tooLittle: 'reject', untried: 'announce' },
};
const MANY = 1_000_000;
const [OF] = readCanaryViews(SETTINGS);

test('a view may have a share and a time of its own, and none may be tried out', () => {
  const read = (views: string) => readCanaryViews({ ...SETTINGS, views });
  assert.deepEqual(read('item-factors, neighbours=0.1, clusters=.02/60'), [
    { view: 'item-factors', share: 0.05, budgetMs: 1_800_000 },
    { view: 'neighbours', share: 0.1, budgetMs: 1_800_000 },
    { view: 'clusters', share: 0.02, budgetMs: 3_600_000 },
  ]);
  assert.deepEqual(read('none'), []);
  for (const bad of ['Item', 'a=0.6', 'a=0.1/0', 'a=1', 'a,,b', 'a=0.1/x'])
    assert.throws(() => read(bad), RangeError, bad);
});

test('cohorts are as small as configured where many come, and grow where few do, up to the most', () => {
  const shareOf = (profiles: number, plays: number): unknown => {
    const plan = planCanary(OF!, SETTINGS, { profiles, plays });
    return 'share' in plan ? plan.share : plan.skipped;
  };
  assert.deepEqual(planCanary(OF!, SETTINGS, { profiles: MANY, plays: MANY }), {
    ...{ share: 0.05, budgetMs: 1_800_000, longerMs: 900_000, lookMs: 30_000 },
  });
  assert.equal(shareOf(1000, MANY), 0.2);
  assert.equal(shareOf(400, MANY), 0.25);
  // 351 plays in each cohort rule out a loss of 30 %; half of those of an hour come in its time.
  assert.equal(shareOf(MANY, 7020), 0.1);
  assert.equal(shareOf(MANY, 1873), 0.25);
});

test('where not even the largest cohort would hold enough, nothing is tried out', () => {
  for (const [profiles, plays] of [
    [0, 0],
    [399, MANY],
    [MANY, 1870],
  ] as const)
    assert.deepEqual(planCanary(OF!, SETTINGS, { profiles, plays }), {
      skipped: `only ${profiles} profiles and ${plays} plays came of late: too few to try it out on`,
    });
});

test('a long time is looked at more seldom, so that a history stays short', () => {
  const settings = { ...SETTINGS, longerMs: 13_600_000 };
  const plan = planCanary({ ...OF!, budgetMs: 86_400_000 }, settings, { profiles: MANY, plays: MANY });
  assert.equal('lookMs' in plan && plan.lookMs, 200_000);
});
