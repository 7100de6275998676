/** A trained version on its way through the canary; what it is trained on is made up. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/activities.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import type { CanarySettings } from '../../domain/canary/settings.ts';
import type { CanaryReading } from '../../domain/canary/verdict.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import type { ViewLateness } from '../../domain/notices/watch.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import { viewName, viewVersion, type ViewName } from '../../domain/views.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import type { PublishRequest } from '../../workflows/messages.ts';
import { createActivityWorld, type ActivityWorld } from '../support/activity-world.ts';
import { armOf, createCanaryWorld, EQUAL, HARMED } from '../support/canary-world.ts';
import { bodyOf, exampleManifest, publish } from '../support/object-store-views.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';
import { until } from '../support/until.ts';

const VIEW = viewName('item-factors');
const HOME = region('test');
const [FIRST, SECOND] = [viewVersion(1), viewVersion(2)];

let skipping: SkippingTemporal;
let session: Session;
let world: ActivityWorld;
let canary: ReturnType<typeof createCanaryWorld>;
let worker: RunningWorker | undefined;
let runs = 0;

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(async () => {
  session = skipping.session();
  world = await createActivityWorld();
  canary = createCanaryWorld(createMemoryObjectStore(), HOME, {
    lookMs: 100,
    budgetMs: 1000,
    trafficMs: 1000,
  });
  await publish(world.views, VIEW, 'first', { items: 'first' }, HOME);
});
afterEach(async () => {
  await worker?.stop();
  await world.close();
});

async function work(): Promise<void> {
  const { views } = world;
  worker = await session.worker({
    ...createActivities({ ...world.deps, canary: canary.deps }),
    async stageModel({ version }) {
      const part = await views.putPart(VIEW, version, 'items', bodyOf('second'));
      await views.putManifest(exampleManifest(VIEW, version, { [part.name]: 'second' }, FIRST, HOME));
      return { rowCounts: { items: 3 }, unchanged: false };
    },
  });
}

const source = { kind: 'training', trained: {}, set: {} } as unknown as PublishRequest['source'];

function begin() {
  const { client, taskQueue } = session.temporal;
  return client.workflow.start('publishView', {
    // The region is the test's own: a notice of the same region, view and version is told once.
    ...{ workflowId: `${taskQueue}:train:${runs++}:publish:als`, taskQueue },
    args: [{ view: VIEW, parent: FIRST, source }],
  });
}
const run = async (): Promise<PublishOutcome> => (await (await begin()).result()) as PublishOutcome;

async function states(): Promise<string[]> {
  const versions = await world.views.listVersions(VIEW);
  return versions.map(({ version, state, rule }) => `${version} ${state} ${rule ?? ''}`.trim());
}
const told = (): string[] => world.told.map(({ kind, version }) => `${kind} ${version}`).toSorted();
const candidate = () => canary.canaries.find(VIEW);
const isServedAsCandidate = async (): Promise<boolean> => {
  const found = await candidate();
  return found !== undefined && found.endsAt !== found.openedAt;
};

test('a version that costs plays is rejected by the canary at once, with its figures, and the current one stays', async () => {
  canary.figures.of = (look) => (look < 3 ? {} : HARMED);
  await work();
  const outcome = await run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'canary');
  assert.match(outcome.outcome === 'rejected' ? outcome.reason : '', /only 0.00 plays per impression/);
  assert.deepEqual(
    canary.asked,
    Array.from({ length: 3 }, () => 'canary:item-factors/2'),
  );
  assert.deepEqual(await states(), ['2 rejected canary', '1 announced']);
  const record = await canary.canaries.recordOf(VIEW, SECOND);
  assert.deepEqual([record?.outcome, record?.against, record?.figures['candidate_plays']], ['stopped', 1, 0]);
  await until(() => told().length === 2, 30_000);
  assert.deepEqual(told(), ['canary 2', 'refused 2']);
  assert.equal(await isServedAsCandidate(), false);
});

test('an equal version is announced at the end of its time, and is served to few until then', async () => {
  let during: boolean | undefined;
  canary.figures.of = async () => {
    during = await isServedAsCandidate();
    return EQUAL;
  };
  await work();
  assert.equal((await run()).outcome, 'announced');
  assert.equal(during, true);
  // Ten looks fit into its time.
  assert.equal(canary.asked.length, 10);
  assert.deepEqual(await states(), ['2 announced', '1 backup']);
  assert.equal((await canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'passed');
  await until(() => told().length === 2, 30_000);
  assert.deepEqual(told(), ['canary 2', 'published 2']);
  assert.equal(await isServedAsCandidate(), false);
});

/** So little that nobody can tell: five profiles beside five. */
const LITTLE: CanaryReading = { candidate: armOf(5, 1), baseline: armOf(5, 1) };
const giveLonger = (longerMs: number, settings: Partial<CanarySettings> = {}): void => {
  canary = createCanaryWorld(createMemoryObjectStore(), HOME, {
    ...{ lookMs: 100, budgetMs: 1000, longerMs, trafficMs: 1000 },
    ...settings,
  });
};

test('a version of which too little is seen goes on once, and is then rejected for it; nobody is served by it any more', async () => {
  giveLonger(500);
  const due: (string | undefined)[] = [];
  canary.figures.of = async () => {
    due.push((await candidate())?.dueAt);
    return LITTLE;
  };
  await work();
  const outcome = await run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'canary-undecided');
  assert.match(
    outcome.outcome === 'rejected' ? outcome.reason : '',
    /^its time is over and too little was seen: only 5 and 5 profiles came, of 50 that it takes$/,
  );
  // Ten looks fit into its time, and five into the longer one; the end of the first is asked once.
  assert.equal(due.length, 15);
  assert.equal(due.filter((at) => at !== undefined).length, 10);
  assert.deepEqual(await states(), ['2 rejected canary-undecided', '1 announced']);
  assert.equal((await canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'undecided');
  await until(() => told().length === 2, 30_000);
  assert.deepEqual(told(), ['canary 2', 'refused 2']);
  assert.equal(await isServedAsCandidate(), false);
});

test('a version of which enough is seen in its longer time is announced', async () => {
  giveLonger(500);
  canary.figures.of = (look) => (look < 13 ? LITTLE : EQUAL);
  await work();
  assert.equal((await run()).outcome, 'announced');
  assert.equal(canary.asked.length, 15);
  assert.equal((await canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'passed');
});

test('where it is configured so, a version of which too little is seen is announced, and operators are told why', async () => {
  giveLonger(0, { tooLittle: 'announce' });
  canary.figures.of = () => LITTLE;
  await work();
  assert.equal((await run()).outcome, 'announced');
  await until(() => told().length === 2, 30_000);
  assert.match(world.told.find(({ kind }) => kind === 'canary')?.reason ?? '', /too little was seen/);
});

test('a pin outlasts the canary, whatever comes of it', async () => {
  await world.views.pin(VIEW, FIRST);
  canary.figures.of = () => HARMED;
  await work();
  assert.equal((await run()).outcome, 'rejected');
  const pointer = await world.views.readPointer(VIEW);
  assert.deepEqual([pointer?.version, pointer?.pin], [1, 1]);
});

test('figures that cannot be read are read again, and a version of which none ever were is rejected in the end', async () => {
  canary.figures.of = () => {
    throw new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'wrong secret' });
  };
  await work();
  const outcome = await run();
  assert.deepEqual(outcome.outcome === 'rejected' && [outcome.rule, outcome.reason], [
    'canary-undecided',
    'its figures could not be read in its time',
  ]);
  assert.ok(canary.asked.length >= 12, `${canary.asked.length}`);
  assert.equal(await isServedAsCandidate(), false);
});

test('a run that is cancelled takes its candidate away', async () => {
  const held = Promise.withResolvers<never>();
  canary.figures.of = () => held.promise;
  await work();
  const handle = await begin();
  await until(() => canary.asked.length > 0, 30_000, 20);
  assert.equal(await isServedAsCandidate(), true);
  await handle.cancel();
  held.reject(new Error('interrupted'));
  await assert.rejects(handle.result());
  assert.equal(await isServedAsCandidate(), false);
  assert.deepEqual(await states(), ['2 rejected cancelled', '1 announced']);
});

test('where another version was announced meanwhile the canary ends, and loses to it', async () => {
  canary.figures.of = async (look) => {
    if (look === 2) await publish(world.views, VIEW, 'meanwhile', { items: 'other' }, HOME);
    return {};
  };
  await work();
  const outcome = await run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'parent-moved');
  assert.deepEqual(await states(), ['3 announced', '2 rejected parent-moved', '1 backup']);
  assert.equal(await isServedAsCandidate(), false);
});

test('while one version is tried out another of the same view is refused', async () => {
  const others = { view: VIEW, version: viewVersion(9), runId: 'other', share: 0.1 };
  const openedAt = new Date(canary.clock.now).toISOString();
  await canary.canaries.open(
    { ...others, manifestSha256: 'c'.repeat(64), openedAt, endsAt: '2027-01-01T00:00:00.000Z' },
    canary.clock.now,
  );
  await work();
  const outcome = await run();
  assert.match(outcome.outcome === 'rejected' ? outcome.reason : '', /^version 9 is tried out until 2027/);
  assert.equal((await candidate())?.runId, 'other');
});

/** Makes a version of a side input, and says how many looks its canary took. */
async function ingest(view: ViewName): Promise<{ published: PublishOutcome; looks: number }> {
  await publish(world.views, view, 'first', { items: 'first' }, HOME);
  worker = await session.worker({
    ...createActivities({ ...world.deps, canary: canary.deps }),
    async ingestSource({ version }) {
      const part = await world.views.putPart(view, version, 'items', bodyOf('second'));
      await world.views.putManifest(exampleManifest(view, version, { [part.name]: 'second' }, FIRST, HOME));
      return { rowCounts: { items: 3 }, unchanged: false };
    },
  });
  const { client, taskQueue } = session.temporal;
  const published: unknown = await client.workflow.execute('publishView', {
    ...{ workflowId: `${taskQueue}:refresh:${view}:publish`, taskQueue },
    args: [{ view, parent: FIRST, source: { kind: 'ingest' } }],
  });
  return { published: published as PublishOutcome, looks: canary.asked.length };
}

test('a ranking policy that costs plays is stopped like a model; other side inputs are not tried out', async () => {
  canary = createCanaryWorld(createMemoryObjectStore(), HOME, {
    ...{ views: 'ranking-policy,catalogue', lookMs: 100, budgetMs: 1000, trafficMs: 1000 },
  });
  canary.figures.of = (look) => (look < 2 ? {} : HARMED);
  const policy = await ingest(RANKING_POLICY_VIEW);
  assert.deepEqual(policy.published.outcome === 'rejected' && [policy.published.rule, policy.looks], [
    'canary',
    2,
  ]);
  assert.equal((await world.views.readPointer(RANKING_POLICY_VIEW))?.version, 1);
  await worker?.stop();
  const catalogue = await ingest(CATALOGUE_VIEW);
  assert.deepEqual([catalogue.published.outcome, catalogue.looks], ['announced', 2]);
});

test('a view of which a version is tried out is not overdue meanwhile', async () => {
  const overdueOf = async (): Promise<number> => {
    const seen: number[] = [];
    const alert = {
      ...world.deps.notices.alert,
      onLook: (lateness: readonly ViewLateness[]) => seen.push(...lateness.map((one) => one.overdueMs)),
    };
    const notices = {
      ...world.deps.notices,
      alert,
      now: () => canary.clock.now,
      promises: async () => [{ view: VIEW, everyMs: 1000 }],
    };
    const { watchViews } = createActivities({ ...world.deps, canary: canary.deps, notices });
    await new MockActivityEnvironment().run(watchViews);
    return seen[0]!;
  };
  const { leastGraceMs } = world.deps.notices.rules;
  canary.clock.now = Date.now() + 2 * leastGraceMs + 3_600_000;
  // The first look begins to count.
  assert.equal(await overdueOf(), 0);
  canary.clock.now += 2 * leastGraceMs + 3_600_000;
  assert.ok((await overdueOf()) > 0);
  const endsAt = new Date(canary.clock.now + 1000).toISOString();
  await canary.canaries.open(
    {
      ...{ view: VIEW, version: SECOND, runId: 'run', share: 0.1, manifestSha256: 'c'.repeat(64) },
      ...{ openedAt: new Date(canary.clock.now).toISOString(), endsAt },
    },
    canary.clock.now,
  );
  assert.equal(await overdueOf(), 0);
  canary.clock.now += 1000;
  assert.ok((await overdueOf()) > 0);
});

test('where hardly anybody comes a version is announced untried, and it is kept that it was', async () => {
  canary.figures.traffic = { profiles: 3, plays: 2 };
  await work();
  assert.equal((await run()).outcome, 'announced');
  assert.deepEqual(canary.asked, []);
  const record = await canary.canaries.recordOf(VIEW, SECOND);
  assert.deepEqual(
    [record?.outcome, record?.reason],
    ['skipped', 'only 3 profiles and 2 plays came of late: too few to try it out on'],
  );
  await until(() => told().length === 2, 30_000);
  assert.match(world.told.find(({ kind }) => kind === 'canary')?.reason ?? '', /^only 3 profiles/);
});

test('where hardly anybody comes and nothing may be announced untried, a version is rejected, and it is said why', async () => {
  giveLonger(0, { untried: 'reject' });
  canary.figures.traffic = { profiles: 3, plays: 2 };
  await work();
  const outcome = await run();
  assert.deepEqual(outcome.outcome === 'rejected' && [outcome.rule, outcome.reason], [
    'canary-undecided',
    'only 3 profiles and 2 plays came of late: too few to try it out on',
  ]);
  assert.deepEqual(canary.asked, []);
});
