import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type RefreshPlan } from '../../activities/activities.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { generation } from '../../domain/ids.ts';
import { createActivityWorld, POPULARITY } from '../support/activity-world.ts';

test('a lake that lost its newest rows to a correction does not take the cut back', async (t) => {
  const world = await createActivityWorld();
  t.after(world.close);
  await world.appendPlays(40);
  let plan: ComputePlan = await world.deps.popularity.plan();
  const popularity = { ...world.deps.popularity, plan: async () => plan };
  const activities = createActivities({ ...world.deps, popularity });
  const run = (): Promise<RefreshPlan> =>
    new MockActivityEnvironment().run(activities.planRefresh, { view: POPULARITY });

  const { version } = await publishFirst(world, plan);
  plan = { ...plan, inputs: [{ table: 'plays', snapshotId: '99' }], cut: { plays: [16], impressions: [0] } };
  const corrected = await run();
  assert.deepEqual(corrected.plan.cut, { plays: [32], impressions: [0] });
  assert.deepEqual([corrected.parent, corrected.unchanged], [version, false]);
  plan = { ...plan, cut: { plays: [48], impressions: [16] } };
  assert.deepEqual((await run()).plan.cut, plan.cut);
  plan = { ...plan, generation: generation('g2'), cut: { plays: [16], impressions: [0] } };
  assert.deepEqual((await run()).plan.cut, plan.cut);
});

async function publishFirst(
  { views, deps }: Awaited<ReturnType<typeof createActivityWorld>>,
  plan: ComputePlan,
) {
  const runId = 'first';
  const version = await views.claimVersion(POPULARITY, runId);
  await views.putManifest({
    ...{ view: POPULARITY, version, region: deps.region, parent: null, asOf: '2026-10-01T00:00:00Z' },
    ...{ ...plan, parts: [], schema: [], rowCounts: {}, metrics: {}, codeVersion: 'test/1', foldVersion: 1 },
  });
  await views.verify(POPULARITY, version);
  await views.announce(POPULARITY, version, { parent: null, runId });
  return { version };
}
