import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type Activities } from '../../activities/activities.ts';
import { listParts } from '../../activities/training-files.ts';
import { fetchVersion } from '../../activities/local-version.ts';
import { readFactorTable } from '../../batch/models/factor-table.ts';
import { tableNamed } from '../../batch/models/model-tables.ts';
import { readTables } from '../../batch/models/table-parts.ts';
import { createModelValidators } from '../../batch/validators/models.ts';
import { firstRefusal } from '../../batch/validators/validator.ts';
import { findPart, type Manifest } from '../../domain/manifest.ts';
import type { TrainingSetPlan } from '../../domain/training.ts';
import { viewName, viewVersion, type ViewName } from '../../domain/views.ts';
import {
  createActivityWorld,
  playStarts,
  POPULARITY,
  type ActivityWorld,
} from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { films, publishCatalogue, series } from '../support/side-inputs.ts';

const VIEW = viewName('item-factors');
const AS_OF = '2026-10-01T00:00:00.000Z';
const SILENT = new DefaultLogger('ERROR');
let world: ActivityWorld;
let activities: Activities;
let offset = 0;

before(async () => {
  world = await createActivityWorld();
  const rules = createModelValidators(world.deps.duckdb);
  activities = createActivities({
    ...world.deps,
    validate: (candidate, previous) =>
      firstRefusal(rules[candidate.manifest.view] ?? [], candidate, previous),
  });
});
after(() => world.close());

function run<N extends keyof Activities>(
  name: N,
  ...input: Parameters<Activities[N]>
): Promise<Awaited<ReturnType<Activities[N]>>> {
  return new MockActivityEnvironment({}, { logger: SILENT }).run(
    activities[name] as never,
    ...input,
  ) as never;
}

async function append(title: string, profile: string, count = 1): Promise<void> {
  const rows = playStarts(offset, count, title, profile);
  await world.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, rows, { from: offset })]);
  offset += count;
}

const versionAt = (view: ViewName, version: number) => ({
  ...{ view, runId: `${view}-${version}`, version: viewVersion(version), asOf: AS_OF },
  parent: version === 1 ? null : viewVersion(version - 1),
});
type At = ReturnType<typeof versionAt>;

async function publish(
  view: ViewName,
  version: number,
  stage: (at: At) => Promise<unknown>,
): Promise<Manifest> {
  const at = versionAt(view, version);
  assert.equal(await run('claimVersion', at), version);
  await stage(at);
  for (const step of ['verifyVersion', 'validateVersion', 'announceVersion'] as const)
    assert.equal(await run(step, at), null, step);
  return world.views.readManifest(view, at.version);
}

async function prepare(work: string): Promise<TrainingSetPlan> {
  const { plan } = await run('planTraining', { asOf: AS_OF, names: [] });
  await run('prepareTraining', { work, plan });
  return plan;
}

const train = (version: number, work: string): Promise<Manifest> =>
  publish(VIEW, version, async (at) => {
    const plan = await prepare(work);
    const set = await run('prepareTraining', { work, plan });
    const model = { work, model: 'als', parent: at.parent };
    await run('trainModel', model);
    const scores = await run('evaluateModel', model);
    await run('stageModel', { ...at, set, trained: { model: 'als', work, plan, scores } });
  });

const extend = (version: number, work: string, added: number): Promise<Manifest> =>
  publish(VIEW, version, async (at) => {
    const plan = await prepare(work);
    assert.deepEqual(await run('extendFactors', { work, parent: at.parent! }), { added });
    await run('stageExtension', { ...at, extension: { work, plan } });
  });

const countPopularity = (version: number): Promise<Manifest> =>
  publish(POPULARITY, version, async (at) => {
    const { plan } = await run('planRefresh', { view: POPULARITY });
    await run('computePopularity', { ...at, plan });
  });

async function factorsOf(version: number): Promise<Map<string, Float32Array>> {
  const { partPaths } = await fetchVersion(
    world.deps,
    VIEW,
    viewVersion(version),
    `${world.deps.workDir}/read-${version}`,
  );
  const tables = await readTables(world.deps.duckdb, partPaths);
  const { ids, width, values } = readFactorTable(tableNamed('als', tables, 'items'), 'title_id');
  return new Map(ids.map((id, row) => [id, values.slice(row * width, (row + 1) * width)]));
}

test('before there are factors there is nothing to extend', async () => {
  for (let play = 0; play < 120; play += 1) {
    const [profile, nth] = [play % 24, Math.floor(play / 24)];
    await append(`t${(2 * ((profile >> 1) + nth) + profile) % 12}`, `p${profile}`);
  }
  await countPopularity(1);
  assert.equal(await run('findNewTitles'), null);
});

test('what training knew is not new, and nothing comes of extending it', async () => {
  await train(1, 'first');
  assert.deepEqual(await run('findNewTitles'), { view: VIEW, parent: 1, newTitles: 0 });
  await prepare('nothing');
  assert.deepEqual(await run('extendFactors', { work: 'nothing', parent: viewVersion(1) }), { added: 0 });
});

test('titles that came since get factors, and those that were there stay bit for bit', async () => {
  await append('late', 'p0');
  await append('late', 'p2', 15);
  await countPopularity(2);
  // Of a series only the series itself has factors.
  await publishCatalogue(world.views, [...films(1), ...series(1)], world.deps.region);
  assert.deepEqual(await run('findNewTitles'), { view: VIEW, parent: 1, newTitles: 3 });

  const before = await world.views.readManifest(VIEW, viewVersion(1));
  const { metrics, inputs, parts, parent } = await extend(2, 'second', 3);
  const [known, extended] = [await factorsOf(1), await factorsOf(2)];
  for (const [title, factors] of known) assert.deepEqual(extended.get(title), factors, title);
  const added = [...extended.keys()].filter((title) => !known.has(title));
  assert.deepEqual(added.toSorted(), ['film-0', 'late', 'show-0']);
  for (const title of added)
    assert.ok(
      extended.get(title)!.some((factor) => factor !== 0),
      title,
    );

  assert.equal(parent, 1);
  assert.equal(findPart({ parts }, 'evaluation')?.sha256, findPart(before, 'evaluation')?.sha256);
  assert.deepEqual(metrics, { ...before.metrics, titles: 15, new_titles: 3, trained_version: 1 });
  assert.deepEqual(
    inputs.map((input) => ('table' in input ? input.table : input.source)),
    ['plays', 'view:catalogue/1/entries', 'view:item-factors/1/items'],
  );
  assert.deepEqual(await run('findNewTitles'), { view: VIEW, parent: 2, newTitles: 0 });
});

test('an extended version is extended again, and still goes back to its training', async () => {
  await append('later', 'p4', 16);
  await countPopularity(3);
  const { metrics } = await extend(3, 'third', 1);
  assert.deepEqual([metrics['new_titles'], metrics['trained_version']], [1, 1]);
});

test('an extended version is no training on what it was extended with, and a training replaces it', async () => {
  const { targets } = await run('planTraining', { asOf: AS_OF, names: ['als'] });
  assert.deepEqual([targets[0]?.parent, targets[0]?.unchanged], [3, false]);
  const { metrics, inputs, parts } = await train(4, 'fourth');
  assert.ok(!('trained_version' in metrics) && !('new_titles' in metrics));
  // It goes on from the factors of its parent: with them, what it came from can be trained again, to the bit.
  assert.deepEqual(
    inputs.map((input) => ('table' in input ? input.table : input.source)),
    [
      'plays',
      'view:catalogue/1/entries',
      ...['items', 'gram', 'settings'].map((part) => `view:item-factors/3/${part}`),
    ],
  );
  await prepare('fifth');
  await run('trainModel', { work: 'fifth', model: 'als', parent: viewVersion(3) });
  const made = await listParts(world.deps.places.open('fifth', 'tables/als'));
  assert.deepEqual(
    made?.map(({ name, sha256 }) => [name, sha256]),
    parts.filter(({ name }) => name !== 'evaluation').map(({ name, sha256 }) => [name, sha256]),
  );
  const again = await run('planTraining', { asOf: AS_OF, names: ['als'] });
  assert.equal(again.targets[0]?.unchanged, true);
});
