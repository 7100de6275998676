import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/activities.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { createActivityWorld } from '../support/activity-world.ts';
import { publish } from '../support/object-store-views.ts';

test('working files that nobody cleared go with a later sweep', async (t) => {
  const world = await createActivityWorld();
  t.after(world.close);
  const { places } = world.deps;
  const { sweepWork } = createActivities(world.deps);
  const sweep = (asOf: string): Promise<unknown> =>
    new MockActivityEnvironment().run(sweepWork as never, { asOf });
  await places.open('left', 'set').put('part', Buffer.from('x'));
  assert.deepEqual(await sweep('2026-11-01T02:00:00.000Z'), { swept: [] });
  assert.deepEqual(await sweep('2026-11-02T02:00:00.000Z'), { swept: ['left'] });
  assert.deepEqual(await places.list(), []);
});

test('parts of versions that are no longer kept go, view by view', async (t) => {
  const world = await createActivityWorld();
  t.after(world.close);
  const { views, region } = world.deps;
  for (const run of ['a', 'b', 'c', 'd']) await publish(views, CATALOGUE_VIEW, run, { entries: run }, region);
  const { expireVersions } = createActivities(world.deps);
  const expire = (): Promise<unknown> => new MockActivityEnvironment().run(expireVersions);
  assert.deepEqual(await expire(), { expired: [{ view: CATALOGUE_VIEW, versions: [1] }] });
  assert.deepEqual(await expire(), { expired: [] });
});
