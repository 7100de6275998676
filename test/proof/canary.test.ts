/** A short form of `npm run prove:batch -- canary`. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { seededDataSet } from '../../infra/datasets/seeded.ts';
import { emptied, runCanary, stageCanary, type CanaryStage } from './canary/in-process.ts';
import { EQUAL_BUDGET_MS, PLAN, RULES, SPEED } from './canary/prove.ts';

let stage: CanaryStage;
before(async () => {
  stage = await stageCanary(seededDataSet('a test'), { factors: 16 });
});

test('on the seeded audience a candidate with emptied titles is stopped inside its time, on both figures or one', async () => {
  const end = await runCanary(stage, {
    ...{ seed: 5, candidate: emptied(stage, 0.33), plan: PLAN, rules: RULES, speed: SPEED },
  });
  assert.equal(end.outcome, 'stopped');
  assert.equal(end.mayPass, false);
  assert.ok(end.tookMs < PLAN.budgetMs, `${end.tookMs}`);
  assert.match(end.reason, /^it has only 0\.\d+ plays per/);
  assert.ok(end.figures['candidate_plays_per_impression']! < end.figures['baseline_plays_per_impression']!);
});

test('on the seeded audience an equal candidate passes at the end of its time', async () => {
  const plan = { ...PLAN, budgetMs: EQUAL_BUDGET_MS };
  const { outcome, tookMs } = await runCanary(stage, {
    ...{ seed: 1, candidate: stage.models, plan, rules: RULES, speed: SPEED },
  });
  assert.deepEqual([outcome, tookMs], ['passed', plan.budgetMs]);
});

test('on the seeded audience a candidate of which little is seen does not pass, emptied or equal: it goes on, and is undecided', async () => {
  const plan = { share: 0.05, budgetMs: 120_000, longerMs: 60_000, lookMs: 30_000 };
  for (const candidate of [stage.models, emptied(stage, 0.33)]) {
    const rules = { ...RULES, minProfiles: 10 };
    const { outcome, mayPass, reason, tookMs } = await runCanary(stage, {
      ...{ seed: 1, candidate, plan, rules, speed: SPEED },
    });
    assert.deepEqual([outcome, mayPass, tookMs], ['undecided', false, 180_000]);
    assert.match(
      reason,
      /too little was seen: a loss of 30.0 % is not ruled out by \d+ plays of \d+ answers/,
    );
  }
});
