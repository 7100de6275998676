import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type Activities } from '../../activities/activities.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { TrainingRunPlan } from '../../domain/training.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createActivityWorld, tastePlays } from '../support/activity-world.ts';
import { LOG_START, partitionRows } from '../support/clean-rows.ts';

const VIEW = viewName('item-factors');
const SILENT = new DefaultLogger('ERROR');
const PLAYS = 120;

test('two trainings at different times on the same lake give identical parts', async (t) => {
  const world = await createActivityWorld();
  t.after(world.close);
  await world.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, tastePlays(PLAYS))]);
  const activities = createActivities(world.deps);
  const run = <N extends keyof Activities>(
    name: N,
    ...input: Parameters<Activities[N]>
  ): Promise<Awaited<ReturnType<Activities[N]>>> =>
    new MockActivityEnvironment({}, { logger: SILENT }).run(activities[name] as never, ...input) as never;

  /** A training of the same parent, begun at `asOf`. */
  async function train(version: number, asOf: string): Promise<Manifest> {
    const work = `work-${version}`;
    const { plan } = await run('planTraining', { asOf, names: ['als'] });
    const set = await run('prepareTraining', { work, plan });
    const model = { work, model: 'als', parent: null };
    await run('trainModel', model);
    const scores = await run('evaluateModel', model);
    const at = { ...model, view: VIEW, version: viewVersion(version), runId: work, asOf };
    await run('claimVersion', at);
    await run('stageModel', { ...at, set, trained: { model: 'als', work, plan, scores } });
    return world.views.readManifest(VIEW, at.version);
  }

  const first = await train(1, '2026-10-01T00:00:00.000Z');
  const second = await train(2, '2026-11-17T03:00:00.000Z');
  const partsOf = ({ parts }: Manifest) => parts.map(({ name, sha256 }) => [name, sha256]);
  assert.deepEqual(partsOf(second), partsOf(first));
  assert.deepEqual(
    first.parts.map(({ name }) => name),
    ['items', 'gram', 'settings', 'evaluation'],
  );
  const end = new Date(LOG_START + (PLAYS - 1) * 60_000 + 1).toISOString();
  assert.deepEqual([first.asOf, second.asOf], [end, end]);
});

test('before there are rows a training set is of the instant that is asked for', async (t) => {
  const world = await createActivityWorld();
  t.after(world.close);
  const activities = createActivities(world.deps);
  const asOf = '2026-10-01T00:00:00.000Z';
  const planned: TrainingRunPlan = await new MockActivityEnvironment().run(activities.planTraining, { asOf });
  assert.deepEqual([planned.plan.asOf, planned.isEmpty], [asOf, true]);
});
