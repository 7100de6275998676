/** A trained version on its way through the canary; what it is trained on is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/activities.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import type { ViewLateness } from '../../domain/notices/watch.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import { viewVersion, type ViewName } from '../../domain/views.ts';
import { EQUAL, HARMED } from '../support/canary-world.ts';
import { bodyOf, exampleManifest, publish } from '../support/object-store-views.ts';
import { FIRST, HOME, SECOND, useTrialStage, VIEW } from '../support/trial-stage.ts';
import { until } from '../support/until.ts';

const stage = useTrialStage();

test('a version that costs plays is rejected by the canary at once, with its figures, and the current one stays', async () => {
  stage.canary.figures.of = (look) => (look < 3 ? {} : HARMED);
  await stage.work();
  const outcome = await stage.run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'canary');
  assert.match(outcome.outcome === 'rejected' ? outcome.reason : '', /only 0.00 plays per impression/);
  assert.deepEqual(
    stage.canary.asked,
    Array.from({ length: 3 }, () => 'canary:item-factors/2'),
  );
  assert.deepEqual(await stage.states(), ['2 rejected canary', '1 announced']);
  const record = await stage.canary.canaries.recordOf(VIEW, SECOND);
  assert.deepEqual([record?.outcome, record?.against, record?.figures['candidate_plays']], ['stopped', 1, 0]);
  await until(() => stage.told().length === 2, 30_000);
  assert.deepEqual(stage.told(), ['canary 2', 'refused 2']);
  assert.equal(await stage.isServedAsCandidate(), false);
});

test('an equal version is announced at the end of its time, and is served to few until then', async () => {
  let during: boolean | undefined;
  stage.canary.figures.of = async () => {
    during = await stage.isServedAsCandidate();
    return EQUAL;
  };
  await stage.work();
  assert.equal((await stage.run()).outcome, 'announced');
  assert.equal(during, true);
  // Ten looks fit into its time.
  assert.equal(stage.canary.asked.length, 10);
  assert.deepEqual(await stage.states(), ['2 announced', '1 backup']);
  assert.equal((await stage.canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'passed');
  await until(() => stage.told().length === 2, 30_000);
  assert.deepEqual(stage.told(), ['canary 2', 'published 2']);
  assert.equal(await stage.isServedAsCandidate(), false);
});

test('a pin outlasts the canary, whatever comes of it', async () => {
  await stage.world.views.pin(VIEW, FIRST);
  stage.canary.figures.of = () => HARMED;
  await stage.work();
  assert.equal((await stage.run()).outcome, 'rejected');
  const pointer = await stage.world.views.readPointer(VIEW);
  assert.deepEqual([pointer?.version, pointer?.pin], [1, 1]);
});

test('figures that cannot be read are read again, and a version of which none ever were is rejected in the end', async () => {
  stage.canary.figures.of = () => {
    throw new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'wrong secret' });
  };
  await stage.work();
  const outcome = await stage.run();
  assert.deepEqual(outcome.outcome === 'rejected' && [outcome.rule, outcome.reason], [
    'canary-undecided',
    'its figures could not be read in its time',
  ]);
  assert.ok(stage.canary.asked.length >= 12, `${stage.canary.asked.length}`);
  assert.equal(await stage.isServedAsCandidate(), false);
});

test('a run that is cancelled takes its candidate away', async () => {
  const held = Promise.withResolvers<never>();
  stage.canary.figures.of = () => held.promise;
  await stage.work();
  const handle = await stage.begin();
  await until(() => stage.canary.asked.length > 0, 30_000, 20);
  assert.equal(await stage.isServedAsCandidate(), true);
  await handle.cancel();
  held.reject(new Error('interrupted'));
  await assert.rejects(handle.result());
  assert.equal(await stage.isServedAsCandidate(), false);
  assert.deepEqual(await stage.states(), ['2 rejected cancelled', '1 announced']);
});

test('where another version was announced meanwhile the canary ends, and loses to it', async () => {
  stage.canary.figures.of = async (look) => {
    if (look === 2) await publish(stage.world.views, VIEW, 'meanwhile', { items: 'other' }, HOME);
    return {};
  };
  await stage.work();
  const outcome = await stage.run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'parent-moved');
  assert.deepEqual(await stage.states(), ['3 announced', '2 rejected parent-moved', '1 backup']);
  assert.equal(await stage.isServedAsCandidate(), false);
});

test('while one version is tried out another of the same view is refused', async () => {
  const others = { view: VIEW, version: viewVersion(9), runId: 'other', share: 0.1 };
  const openedAt = new Date(stage.canary.clock.now).toISOString();
  await stage.canary.canaries.open(
    { ...others, manifestSha256: 'c'.repeat(64), openedAt, endsAt: '2027-01-01T00:00:00.000Z' },
    stage.canary.clock.now,
  );
  await stage.work();
  const outcome = await stage.run();
  assert.match(outcome.outcome === 'rejected' ? outcome.reason : '', /^version 9 is tried out until 2027/);
  assert.equal((await stage.candidate())?.runId, 'other');
});

/** Makes a version of a side input, and says how many looks its canary took. */
async function ingest(view: ViewName): Promise<{ published: PublishOutcome; looks: number }> {
  await publish(stage.world.views, view, 'first', { items: 'first' }, HOME);
  stage.worker = await stage.session.worker({
    ...createActivities({ ...stage.world.deps, canary: stage.canary.deps }),
    async ingestSource({ version }) {
      const part = await stage.world.views.putPart(view, version, 'items', bodyOf('second'));
      await stage.world.views.putManifest(
        exampleManifest(view, version, { [part.name]: 'second' }, FIRST, HOME),
      );
      return { rowCounts: { items: 3 }, unchanged: false };
    },
  });
  const { client, taskQueue } = stage.session.temporal;
  const published: unknown = await client.workflow.execute('publishView', {
    ...{ workflowId: `${taskQueue}:refresh:${view}:publish`, taskQueue },
    args: [{ view, parent: FIRST, source: { kind: 'ingest' } }],
  });
  return { published: published as PublishOutcome, looks: stage.canary.asked.length };
}

test('a ranking policy that costs plays is stopped like a model; other side inputs are not tried out', async () => {
  stage.tryOutBy({ views: 'ranking-policy,catalogue' });
  stage.canary.figures.of = (look) => (look < 2 ? {} : HARMED);
  const policy = await ingest(RANKING_POLICY_VIEW);
  assert.deepEqual(policy.published.outcome === 'rejected' && [policy.published.rule, policy.looks], [
    'canary',
    2,
  ]);
  assert.equal((await stage.world.views.readPointer(RANKING_POLICY_VIEW))?.version, 1);
  await stage.worker?.stop();
  const catalogue = await ingest(CATALOGUE_VIEW);
  assert.deepEqual([catalogue.published.outcome, catalogue.looks], ['announced', 2]);
});

test('a view of which a version is tried out is not overdue meanwhile', async () => {
  const overdueOf = async (): Promise<number> => {
    const seen: number[] = [];
    const alert = {
      ...stage.world.deps.notices.alert,
      onLook: (lateness: readonly ViewLateness[]) => seen.push(...lateness.map((one) => one.overdueMs)),
    };
    const notices = {
      ...stage.world.deps.notices,
      alert,
      now: () => stage.canary.clock.now,
      promises: async () => [{ view: VIEW, everyMs: 1000 }],
    };
    const { watchViews } = createActivities({ ...stage.world.deps, canary: stage.canary.deps, notices });
    await new MockActivityEnvironment().run(watchViews);
    return seen[0]!;
  };
  const { leastGraceMs } = stage.world.deps.notices.rules;
  stage.canary.clock.now = Date.now() + 2 * leastGraceMs + 3_600_000;
  // The first look begins to count.
  assert.equal(await overdueOf(), 0);
  stage.canary.clock.now += 2 * leastGraceMs + 3_600_000;
  assert.ok((await overdueOf()) > 0);
  const endsAt = new Date(stage.canary.clock.now + 1000).toISOString();
  await stage.canary.canaries.open(
    {
      ...{ view: VIEW, version: SECOND, runId: 'run', share: 0.1, manifestSha256: 'c'.repeat(64) },
      ...{ openedAt: new Date(stage.canary.clock.now).toISOString(), endsAt },
    },
    stage.canary.clock.now,
  );
  assert.equal(await overdueOf(), 0);
  stage.canary.clock.now += 1000;
  assert.ok((await overdueOf()) > 0);
});
