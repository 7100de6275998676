/** A training that workers share, its evaluation included, beside the same training in one process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type Activities, type SharedTraining } from '../../activities/activities.ts';
import { createModel } from '../../batch/models/models.ts';
import { TRAINING_SIDES } from '../../batch/models/training-work.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { createRandom } from '../../domain/random.ts';
import { EVALUATION_SPLITS, type TrainingRunPlan } from '../../domain/training.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createActivityWorld, playStarts, type ActivityWorld } from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';

const VIEW = viewName('item-factors');
const AS_OF = '2026-10-01T00:00:00.000Z';
const SHARDS = 3;
/** Without much sense, so that no two trainings rank alike unless they are the same. */
const RANDOM = createRandom(5);
const PLAYS = Array.from({ length: 400 }, (_, i) =>
  playStarts(i, 1, `t${RANDOM.below(60)}`, `p${RANDOM.below(30)}`),
).flat();
const FIRST = 250;
const SILENT = new DefaultLogger('ERROR');

type Run = <N extends keyof Activities>(
  name: N,
  ...input: Parameters<Activities[N]>
) => Promise<Awaited<ReturnType<Activities[N]>>>;

let world: ActivityWorld;
let run: Run;
/** Of a worker that never trains by itself: what the others did not put is missing. */
let runShared: Run;

const runOf =
  (activities: Activities): Run =>
  (name, ...input) =>
    new MockActivityEnvironment({}, { logger: SILENT }).run(activities[name] as never, ...input) as never;

before(async () => {
  world = await createActivityWorld();
  const { training } = world.deps;
  run = runOf(createActivities(world.deps));
  const als = () => ({
    ...createModel('als'),
    train: () => Promise.reject(new Error('trained in one piece')),
  });
  runShared = runOf(createActivities({ ...world.deps, training: { ...training, models: { als } } }));
});
after(() => world.close());

const append = (from: number, until: number): Promise<unknown> =>
  world.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, PLAYS.slice(from, until), { from })]);

async function trainShards(training: SharedTraining): Promise<boolean> {
  const plan = await runShared('beginTraining', training);
  if (plan === null) return false;
  for (let iteration = 1; iteration <= plan.iterations; iteration++)
    for (const side of TRAINING_SIDES)
      for (let shard = 0; shard < SHARDS; shard++)
        await runShared('trainShard', { ...training, step: { iteration, side, shard, shards: SHARDS } });
  await runShared('endTraining', training);
  return true;
}

/** `whole`: in one process; otherwise by shards, as are the trainings for the splits that have somebody to ask. */
async function train(
  version: number,
  { parent, isWhole }: { parent: number | null; isWhole: boolean },
): Promise<Manifest> {
  const work = `work-${version}`;
  const { plan }: TrainingRunPlan = await run('planTraining', { asOf: AS_OF, names: ['als'] });
  const set = await run('prepareTraining', { work, plan });
  const model = { work, model: 'als', parent: parent === null ? null : viewVersion(parent) };
  if (isWhole) await run('trainModel', model);
  else
    for (const split of [undefined, ...EVALUATION_SPLITS]) assert.ok(await trainShards({ ...model, split }));
  const scores = await (isWhole ? run : runShared)('evaluateModel', model);
  const at = { ...model, view: VIEW, version: viewVersion(version), runId: work, asOf: AS_OF };
  await run('claimVersion', at);
  await run('stageModel', { ...at, set, trained: { model: 'als', work, plan, scores } });
  assert.equal(await run('verifyVersion', at), null);
  return world.views.readManifest(VIEW, at.version);
}

const partsOf = ({ parts }: Manifest) => parts.map(({ name, sha256 }) => [name, sha256]);

test('shared and alone give identical parts and scores, the report of the evaluation among them', async () => {
  await append(0, FIRST);
  const alone = await train(1, { parent: null, isWhole: true });
  const shared = await train(2, { parent: null, isWhole: false });
  assert.deepEqual(
    partsOf(shared).map(([name]) => name),
    ['items', 'gram', 'settings', 'evaluation'],
  );
  assert.deepEqual(partsOf(shared), partsOf(alone));
  assert.deepEqual(shared.metrics, alone.metrics);
  assert.ok('time_ndcg_at_10' in shared.metrics);
});

test('beside a version before, which the split by time is cut by, as well', async () => {
  await append(FIRST, PLAYS.length);
  const alone = await train(3, { parent: 1, isWhole: true });
  const shared = await train(4, { parent: 1, isWhole: false });
  assert.deepEqual(partsOf(shared), partsOf(alone));
  assert.deepEqual(shared.metrics, alone.metrics);
  assert.ok('time_ratio_vs_current' in shared.metrics, Object.keys(shared.metrics).join());
});

test('a split that has nobody to ask is begun with nothing', async (t) => {
  const lonely = await createActivityWorld('lonely');
  t.after(lonely.close);
  await lonely.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, playStarts(0, 1, 't1', 'p1'))]);
  const runLonely = runOf(createActivities(lonely.deps));
  const { plan } = await runLonely('planTraining', { asOf: AS_OF, names: ['als'] });
  await runLonely('prepareTraining', { work: 'w', plan });
  const training = { work: 'w', model: 'als', parent: null };
  for (const split of EVALUATION_SPLITS)
    assert.equal(await runLonely('beginTraining', { ...training, split }), null);
  assert.equal((await runLonely('beginTraining', training))?.titles, 1);
});
