import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/activities.ts';
import { region } from '../../domain/ids.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createActivityWorld } from '../support/activity-world.ts';
import { createCanaryWorld } from '../support/canary-world.ts';
import { publish } from '../support/object-store-views.ts';

const VIEW = viewName('item-factors');
const HOME = region('test');

test('a version that is not tried out stays so when the planning is repeated, whoever came meanwhile', async (t) => {
  const world = await createActivityWorld();
  t.after(() => world.close());
  const canary = createCanaryWorld(createMemoryObjectStore(), HOME);
  const parent = await publish(world.views, VIEW, 'first', { items: 'first' }, HOME);
  const { planCanary } = createActivities({ ...world.deps, canary: canary.deps });
  const at = { view: VIEW, version: viewVersion(2), parent, runId: 'run', asOf: '2026-11-01T00:00:00Z' };
  const plan = async (): Promise<unknown> => new MockActivityEnvironment().run(planCanary, at);
  canary.figures.traffic = { profiles: 3, plays: 2 };
  const untried = await plan();
  const reason = 'only 3 profiles and 2 plays came of late: too few to try it out on';
  assert.deepEqual(untried, { untried: reason, refusal: null });
  canary.figures.traffic = { profiles: 100_000, plays: 100_000 };
  assert.deepEqual(await plan(), untried);
});
