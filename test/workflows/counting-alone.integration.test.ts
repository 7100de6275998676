/** How a count of popularity goes on beside others, rests and ends. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import { region } from '../../domain/ids.ts';
import type { ComputePlan, PublishOutcome } from '../../domain/publishing.ts';
import { countId, fullRefreshId } from '../../domain/workflow-ids.ts';
import { createJobs } from '../../infra/temporal/jobs.ts';
import { createRefreshes, type RefreshClient } from '../../infra/temporal/refreshes.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';
import type { PublishRequest } from '../../workflows/messages.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';
import { until } from '../support/until.ts';

let skipping: SkippingTemporal;
let session: Session;
let world: ActivityWorld;
let refreshes: RefreshClient;
let worker: RunningWorker | undefined;

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(async () => {
  session = skipping.session();
  refreshes = createRefreshes({ temporal: session.temporal, region: region('test') });
  world = await createActivityWorld();
  await world.appendPlays(40);
});
afterEach(async () => {
  await worker?.stop();
  await world.close();
});

async function work(changes: Partial<ActivityDeps> = {}): Promise<void> {
  worker = await session.worker(createActivities({ ...world.deps, ...changes }));
}

async function states(): Promise<string[]> {
  const versions = await world.views.listVersions(POPULARITY);
  return versions.map(({ version, state, rule }) => `${version} ${state} ${rule ?? ''}`.trim());
}

const refresh = () => refreshes.refresh(POPULARITY);

test('a count rests when paused, goes on when resumed, says how far it is, and refuses what makes no sense', async () => {
  const held = Promise.withResolvers<void>();
  const activities = createActivities(world.deps);
  worker = await session.worker({
    ...activities,
    async computePopularity(asked) {
      await held.promise;
      return activities.computePopularity(asked);
    },
  });
  const jobs = createJobs(session.temporal);
  const id = countId(region('test'), POPULARITY);
  const refreshing = await refreshes.start(POPULARITY);
  try {
    await until(
      async () => (await jobs.get(id).catch(() => undefined))?.progress?.phase === 'counting',
      30_000,
      20,
    );
    await assert.rejects(jobs.resume(id), { code: 'JOB_REFUSES' });
    await jobs.pause(id);
    await assert.rejects(jobs.pause(id), { code: 'JOB_REFUSES' });
  } finally {
    held.resolve();
  }
  await until(async () => (await jobs.get(id)).underWay.length === 0, 30_000, 20);
  assert.equal((await jobs.get(id)).progress?.paused, true);
  assert.deepEqual(await states(), ['1 staged']);
  await jobs.resume(id);
  assert.equal((await refreshes.result(refreshing)).outcome, 'announced');
  await assert.rejects(jobs.cancel(id), { code: 'JOB_REFUSES' });
});

test('a count that is cancelled rejects its version, and the refresh says so', async () => {
  const { started, popularity } = world.endless();
  await work({ popularity });
  const refreshing = await refreshes.start(POPULARITY);
  await started;
  await createJobs(session.temporal).cancel(countId(region('test'), POPULARITY));
  assert.deepEqual(await refreshes.result(refreshing), {
    ...{ outcome: 'unchanged', view: POPULARITY, version: null },
    reason: 'the count was cancelled',
  });
  assert.deepEqual(await states(), ['1 rejected cancelled']);
});

test('of runs that meet one counts, and the others wait until it has ended and count what is new then', async () => {
  const held = Promise.withResolvers<void>();
  let validations = 0;
  await work({
    async validate() {
      validations += 1;
      if (validations === 1) await held.promise;
      return null;
    },
  });
  const { client, taskQueue } = session.temporal;
  const nightly = await client.workflow.start('refreshPopularity', {
    ...{ workflowId: fullRefreshId(region('test'), POPULARITY), taskQueue },
    args: [{ view: POPULARITY, full: true }],
  });
  await until(async () => validations === 1);
  await world.appendPlays(40);
  const others = [await refreshes.start(POPULARITY), await refreshes.start(POPULARITY)];
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual([validations, await states()], [1, ['1 verified']]);
  held.resolve();
  assert.equal(((await nightly.result()) as PublishOutcome).outcome, 'announced');
  const outcomes = await Promise.all(others.map((id) => refreshes.result(id)));
  assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), ['announced', 'unchanged']);
  assert.deepEqual(await states(), ['2 announced', '1 backup']);
});

test('a run whose parent moved loses cleanly and begins anew after the one that is announced', async () => {
  const { client, taskQueue } = session.temporal;
  let plan: ComputePlan | undefined;
  let validations = 0;
  const publishBeside = (source: PublishRequest['source']): Promise<unknown> =>
    client.workflow.execute('publishView', {
      ...{ workflowId: `${taskQueue}:another:publish`, taskQueue },
      args: [{ view: POPULARITY, parent: null, source } satisfies PublishRequest],
    });
  const activities = createActivities({
    ...world.deps,
    async validate() {
      validations += 1;
      if (validations === 1) await publishBeside({ kind: 'refresh', plan: plan!, full: false });
      return null;
    },
  });
  worker = await session.worker({
    ...activities,
    async planRefresh(asked) {
      const planned = await activities.planRefresh(asked);
      plan ??= planned.plan;
      return planned;
    },
  });
  assert.deepEqual(await refresh(), { outcome: 'unchanged', view: POPULARITY, version: 2 });
  assert.deepEqual(await states(), ['2 announced', '1 rejected parent-moved']);
});
