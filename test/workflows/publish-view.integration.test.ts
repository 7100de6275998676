import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import { PROFILE_ROWS_VIEW } from '../../batch/models/precompute.ts';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import type { LakeCare } from '../../infra/lake/care/care.ts';
import type { KeptVersion } from '../../infra/lake/care/inputs.ts';
import { createRefreshes, type RefreshClient } from '../../infra/temporal/refreshes.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';
import type { PublishRequest } from '../../workflows/messages.ts';
import { bodyOf, exampleManifest } from '../support/object-store-views.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';

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
const currentVersion = async () => (await world.views.readPointer(POPULARITY))?.version;

test('a refresh publishes what the lake holds below the cut and tells subscribers', async () => {
  await work();
  const outcome = await refresh();
  assert.equal(outcome.outcome, 'announced');
  const manifest = await world.views.readManifest(POPULARITY, outcome.version);
  assert.deepEqual(manifest.cut['plays'], [32]);
  assert.equal(manifest.metrics['plays'], 32);
  assert.deepEqual(
    world.announced.map(({ version }) => version),
    [1],
  );
});

test('nothing new in the lake is an outcome of its own and makes no version', async () => {
  await work();
  await refresh();
  assert.deepEqual(await refresh(), { outcome: 'unchanged', view: POPULARITY, version: 1 });
  assert.deepEqual(await states(), ['1 announced']);
});

test('less than a block in the lake is nothing to publish yet', async () => {
  await world.close();
  world = await createActivityWorld();
  await world.appendPlays(15);
  await work();
  assert.deepEqual(await refresh(), { outcome: 'unchanged', view: POPULARITY, version: null });
});

test('an activity that fails for a while is tried again and keeps its version number', async () => {
  let failures = 2;
  const popularity: ActivityDeps['popularity'] = {
    ...world.deps.popularity,
    async compute(plan, options) {
      if (failures-- > 0) throw new MarqueeError('LAKE_UNAVAILABLE', { reason: 'catalog is away' });
      return world.deps.popularity.compute(plan, options);
    },
  };
  await work({ popularity });
  assert.equal((await refresh()).outcome, 'announced');
  assert.equal(failures, -1);
  assert.deepEqual(await states(), ['1 announced']);
});

test('a failure that repeating cannot mend ends the run at once, under its code, and its version is rejected', async () => {
  let tries = 0;
  const popularity: ActivityDeps['popularity'] = {
    ...world.deps.popularity,
    async compute() {
      tries += 1;
      throw new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'wrong secret' });
    },
  };
  await work({ popularity });
  await assert.rejects(refresh, (error) => isMarqueeError(error, 'OBJECT_STORE_DENIED'));
  assert.equal(tries, 1);
  assert.deepEqual(await states(), ['1 rejected failed']);
  assert.equal(await currentVersion(), undefined);
});

test('a version that a validator refuses is never announced, the one before stays, and the next run follows that', async () => {
  let refusing = false;
  await work({ validate: async () => (refusing ? { rule: 'minimum-rows', reason: 'too few' } : null) });
  await refresh();
  refusing = true;
  await world.appendPlays(40);
  const refused = await refresh();
  assert.deepEqual(refused, {
    ...{ outcome: 'rejected', view: POPULARITY, version: 2 },
    ...{ rule: 'minimum-rows', reason: 'too few' },
  });
  assert.equal(await currentVersion(), 1);
  refusing = false;
  const next = await refresh();
  assert.equal(next.outcome === 'announced' && next.parent, 1);
  assert.deepEqual(await states(), ['3 announced', '2 rejected minimum-rows', '1 backup']);
});

test('a version has its tags before it is announced, and without them it never is', async () => {
  const tagged: string[] = [];
  let isDenied = false;
  const lakeCare = {
    async tagVersion({ view, version, inputs }: KeptVersion) {
      if (isDenied) throw new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'wrong secret' });
      tagged.push(
        `${version} ${await world.views.readState(view, version)} ${inputs.map(({ table }) => table).join(' ')}`,
      );
      return [];
    },
  } as unknown as LakeCare;
  await work({ lakeCare });
  assert.equal((await refresh()).outcome, 'announced');
  assert.deepEqual(tagged, ['1 verified plays']);
  isDenied = true;
  await world.appendPlays(40);
  await assert.rejects(refresh, (error) => isMarqueeError(error, 'OBJECT_STORE_DENIED'));
  assert.deepEqual(await states(), ['2 rejected failed', '1 announced']);
});

test('a cancelled run stops in mid-way and rejects its version', async () => {
  const { started, popularity } = world.endless();
  await work({ popularity });
  const id = await refreshes.start(POPULARITY);
  await started;
  await skipping.env.client.workflow.getHandle(id).cancel();
  await assert.rejects(refreshes.result(id), /was cancelled/);
  assert.deepEqual(await states(), ['1 rejected cancelled']);
});

test('a version counts as announced even when subscribers could not be told', async () => {
  await work({
    async announce() {
      throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'no broker' });
    },
  });
  const outcome = await refresh();
  assert.equal(outcome.outcome === 'announced' && outcome.notified, false);
  assert.equal(await currentVersion(), 1);
});

test('a version without an erased profile is stored by key as well before it is announced, as every version of its view is', async () => {
  const { views, deps } = world;
  const kept: number[] = [];
  const activities = createActivities({
    ...deps,
    keyedViews: {
      [PROFILE_ROWS_VIEW]: {
        async put({ manifest }) {
          assert.equal(await views.readState(PROFILE_ROWS_VIEW, manifest.version), 'verified');
          kept.push(manifest.version);
        },
      },
    },
  });
  worker = await session.worker({
    ...activities,
    async stageErased({ version }) {
      const part = await views.putPart(PROFILE_ROWS_VIEW, version, 'rows', bodyOf('of others'));
      const parts = { [part.name]: 'of others' };
      await views.putManifest(exampleManifest(PROFILE_ROWS_VIEW, version, parts, null, region('test')));
      return { rowCounts: { rows: 1 }, unchanged: false };
    },
  });
  const { client, taskQueue } = session.temporal;
  const source = { kind: 'erasure', erasure: 'e.0' } as const;
  const published = (await client.workflow.execute('publishView', {
    ...{ workflowId: `${taskQueue}:erase:e.0:publish`, taskQueue },
    args: [{ view: PROFILE_ROWS_VIEW, parent: null, source } satisfies PublishRequest],
  })) as PublishOutcome;
  assert.equal(published.outcome, 'announced');
  assert.deepEqual(kept, [1]);
});
