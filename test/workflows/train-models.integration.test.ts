/** How a training goes on, rests and ends; what it trains is made up. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities, ModelAt, SharedTraining } from '../../activities/activities.ts';
import type { ShardStep } from '../../batch/models/training-work.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import { PARENT_MOVED } from '../../domain/publishing.ts';
import { EVALUATION_SPLITS } from '../../domain/training.ts';
import { viewName, type ViewVersion } from '../../domain/views.ts';
import { createJobs, type JobClient } from '../../infra/temporal/jobs.ts';
import { createTrainings, type TrainingClient } from '../../infra/temporal/trainings.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';
import { until } from '../support/until.ts';

const VIEW = viewName('item-factors');
const ITERATIONS = 3;
const SHARDS = 4;
const PLAN = { inputs: [], catalogue: null, asOf: '2026-09-20T00:00:00Z' };

let skipping: SkippingTemporal;
let session: Session;
let worker: RunningWorker | undefined;
let trainings: TrainingClient;
let jobs: JobClient;
let called: string[];

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(() => {
  session = skipping.session();
  trainings = createTrainings({ temporal: session.temporal, region: region('test') });
  jobs = createJobs(session.temporal);
  called = [];
});
afterEach(() => worker?.stop());

const targetOf = (model: string) => ({
  ...{ model, view: VIEW, parent: null, unchanged: false, isSharded: true },
});

function madeUp(changes: Partial<Activities> = {}): Partial<Activities> {
  const activities: Partial<Activities> = {
    planTraining: async ({ names = ['als'] }) => ({
      plan: PLAN,
      isEmpty: false,
      targets: names.map(targetOf),
    }),
    prepareTraining: async () => ({ profiles: 9, titles: 9, entries: 99, shards: SHARDS, window: 2 }),
    beginTraining: async () => ({
      ...{ iterations: ITERATIONS, profiles: 9, titles: 9, entries: 99 },
      mostShards: { profiles: SHARDS, titles: 2 },
    }),
    trainShard: async (at) => {
      called.push(stepOf(at));
      return { solvedRows: 1, foundRows: 0 };
    },
    endTraining: async () => undefined,
    evaluateModel: async () => ({ time_ndcg_at_10: 0.5 }),
    claimVersion: async () => 1 as ViewVersion,
    stageModel: async () => ({ rowCounts: { items: 9 }, unchanged: false }),
    verifyVersion: async () => null,
    validateVersion: async () => null,
    planCanary: async () => null,
    tagVersion: async () => [],
    announceVersion: async () => null,
    notifySubscribers: async () => undefined,
    rejectVersion: async () => undefined,
    planRows: async () => null,
    clearWork: async ({ work }) => void called.push(`clear ${work}`),
    ...changes,
  };
  return activities;
}

const start = async (changes: Partial<Activities> = {}): Promise<void> => {
  worker = await session.worker(madeUp(changes));
};

/** The first training is that of what is published, the others are of what splits leave. */
const TRAININGS = [undefined, ...EVALUATION_SPLITS];

function stepOf({ split, step: { iteration, side, shard } }: SharedTraining & { step: ShardStep }): string {
  return `${TRAININGS.indexOf(split)}.${iteration} ${side} ${shard}`;
}

/** Every shard of every side of every iteration of every training. */
const allSteps = (trainings = TRAININGS.length): string[] =>
  Array.from({ length: trainings }, (_, nth) =>
    Array.from({ length: ITERATIONS }, (_, i) => `${nth}.${i + 1}`).flatMap((iteration) => [
      ...Array.from({ length: SHARDS }, (_, shard) => `${iteration} profiles ${shard}`),
      ...Array.from({ length: 2 }, (_, shard) => `${iteration} titles ${shard}`),
    ]),
  ).flat();

const stepsCalled = (): string[] => called.filter((one) => /^\d/.test(one)).toSorted();

test('shards of one side go side by side, sides one after the other, and the files are cleared at the end', async () => {
  await start();
  const { models, cancelled } = await trainings.train(['als']);
  assert.deepEqual(
    [models[0]?.outcome, models[0]?.scores, cancelled],
    ['announced', { time_ndcg_at_10: 0.5 }, false],
  );
  assert.deepEqual(stepsCalled(), allSteps().toSorted());
  const sides = called.filter((one) => /^\d/.test(one)).map((one) => one.replace(/ \d$/, ''));
  assert.deepEqual(sides, sides.toSorted());
  assert.ok(called.some((one) => one.startsWith('clear ')));
});

test('a split that has nobody to ask is not trained for', async () => {
  const { beginTraining } = madeUp() as Activities;
  await start({
    beginTraining: async (at) => (at.split === 'leave-last-out' ? null : await beginTraining(at)),
  });
  assert.equal((await trainings.train(['als'])).models[0]?.outcome, 'announced');
  assert.deepEqual(
    stepsCalled(),
    allSteps()
      .filter((step) => !step.startsWith('1.'))
      .toSorted(),
  );
});

test('a lost shard costs that shard', async () => {
  let lost = 0;
  await start({
    trainShard: async (at) => {
      called.push(stepOf(at));
      if (at.step.iteration === 2 && at.step.shard === 1 && lost++ === 0)
        throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { reason: 'gone' });
      return { solvedRows: 1, foundRows: 0 };
    },
  });
  assert.equal((await trainings.train(['als'])).models[0]?.outcome, 'announced');
  assert.equal(called.filter((one) => /^\d/.test(one)).length, allSteps().length + 1);
});

test('a long history is begun anew between iterations, and no step is done twice', async () => {
  await start();
  const { client, taskQueue } = session.temporal;
  const handle = await client.workflow.start('trainModels', {
    ...{ workflowId: `test:train:long-${taskQueue}`, taskQueue },
    args: [{ models: ['als', 'ease'], maxEvents: 20 }],
  });
  const result = (await handle.result()) as { models: { outcome: string }[] };
  assert.deepEqual(
    result.models.map(({ outcome }) => outcome),
    ['announced', 'announced'],
  );
  assert.deepEqual(stepsCalled(), [...allSteps(), ...allSteps()].toSorted());
  const { runId } = await client.workflow.getHandle(`test:train:long-${taskQueue}`).describe();
  assert.notEqual(runId, handle.firstExecutionRunId);
  assert.equal(called.filter((one) => one === `clear ${handle.firstExecutionRunId}`).length, 1);
});

test('it rests when paused, goes on when resumed, says how far it is, and refuses what makes no sense', async () => {
  const held = Promise.withResolvers<void>();
  await start({
    trainShard: async (at) => {
      called.push(stepOf(at));
      if (at.step.iteration === 2) await held.promise;
      return { solvedRows: 1, foundRows: 0 };
    },
  });
  const id = await trainings.start(['als']);
  await until(() => called.some((one) => one.startsWith('0.2 ')), 30_000, 20);
  await assert.rejects(jobs.resume(id), { code: 'JOB_REFUSES' });
  await jobs.pause(id);
  await assert.rejects(jobs.pause(id), { code: 'JOB_REFUSES' });
  const { progress, underWay } = await jobs.get(id);
  assert.deepEqual([progress?.phase, progress?.subject, progress?.paused], ['training', 'als', true]);
  assert.ok((progress?.share ?? 0) > 0.08 && (progress?.share ?? 1) < 0.1, `${progress?.share}`);
  assert.deepEqual([progress?.estimatedEnd, underWay[0]?.activity], [null, 'trainShard']);
  held.resolve();
  await until(async () => (await jobs.get(id)).underWay.length === 0, 30_000, 20);
  assert.equal(stepsCalled().filter((one) => one.startsWith('0.2')).length, 2);
  await jobs.resume(id);
  assert.equal((await trainings.result(id)).models[0]?.outcome, 'announced');
  await assert.rejects(jobs.cancel(id), { code: 'JOB_REFUSES' });
  await assert.rejects(jobs.pause('test:train:nothing'), { code: 'JOB_NOT_FOUND' });
});

test('a cancelled training ends in good order, also while it rests, and clears its files', async () => {
  const held = Promise.withResolvers<void>();
  await start({ prepareTraining: () => held.promise.then(() => ({ ...SET })) });
  const id = await trainings.start(['als']);
  await until(async () => (await jobs.get(id)).progress?.phase === 'preparing', 30_000, 20);
  await jobs.pause(id);
  held.resolve();
  await until(async () => (await jobs.get(id)).underWay.length === 0, 30_000, 20);
  await jobs.cancel(id);
  assert.deepEqual(await trainings.result(id), { models: [], cancelled: true });
  assert.deepEqual(
    called.map((one) => one.split(' ')[0]),
    ['clear'],
  );
});

const SET = { profiles: 9, titles: 9, entries: 99, shards: SHARDS, window: 2 };

test('a model of which another version is announced meanwhile is trained anew from that one', async () => {
  let announcements = 0;
  let parent: ViewVersion | null = null;
  const begun: string[] = [];
  const note = (step: string, { attempt = 0, parent: from }: Pick<ModelAt, 'attempt' | 'parent'>): void =>
    void begun.push(`${step} ${attempt} from ${from}`);
  const { beginTraining, evaluateModel } = madeUp() as Activities;
  await start({
    planTraining: async ({ names = ['als'] }) => ({
      ...{ plan: PLAN, isEmpty: false },
      targets: names.map((name) => ({ ...targetOf(name), parent })),
    }),
    beginTraining: async (at) => {
      if (at.split === undefined) note('train', at);
      return beginTraining(at);
    },
    evaluateModel: async (at) => {
      note('evaluate', at);
      return evaluateModel(at);
    },
    stageModel: async ({ trained, parent: from }) => {
      note('stage', { parent: from, attempt: trained.attempt });
      return { rowCounts: { items: 9 }, unchanged: false };
    },
    announceVersion: async () => {
      announcements += 1;
      if (announcements > 1) return null;
      parent = 7 as ViewVersion;
      return { rule: PARENT_MOVED, reason: 'version 7 was announced meanwhile' };
    },
  });
  const { client, taskQueue } = session.temporal;
  const result = (await client.workflow.execute('trainModels', {
    ...{ workflowId: `test:train:anew-${taskQueue}`, taskQueue },
    args: [{ models: ['als', 'ease'], maxEvents: 20 }],
  })) as { models: { outcome: string }[] };
  assert.deepEqual(
    result.models.map(({ outcome }) => outcome),
    ['announced', 'announced'],
  );
  const steps = (attempt: number, from: number | null): string[] =>
    ['train', 'evaluate', 'stage'].map((step) => `${step} ${attempt} from ${from}`);
  // A history that is begun anew between iterations asks again how a training is cut.
  const once = begun.filter((one, at) => one !== begun[at - 1]);
  assert.deepEqual(once, [...steps(0, null), ...steps(1, 7), ...steps(0, null)]);
});

test('a model of which others are announced again and again is refused in the end', async () => {
  await start({
    announceVersion: async () => ({ rule: PARENT_MOVED, reason: 'another was announced meanwhile' }),
  });
  const [model] = (await trainings.train(['als'])).models;
  assert.deepEqual([model?.outcome, stepsCalled().length], ['rejected', 3 * allSteps().length]);
});

test('a model that cannot be trained does not keep the next from it', async () => {
  await start({
    beginTraining: async ({ model }) => {
      if (model === 'als') throw ApplicationFailure.nonRetryable('there is no title', 'MODEL_INPUT_INVALID');
      return { ...SET, iterations: 1, mostShards: { profiles: 1, titles: 1 } };
    },
  });
  const { models } = await trainings.train(['als', 'ease']);
  assert.deepEqual(
    models.map(({ model, outcome }) => [model, outcome]),
    [
      ['als', 'failed'],
      ['ease', 'announced'],
    ],
  );
});
