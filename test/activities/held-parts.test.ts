/** Parts that a worker made or fetched before are not fetched for the next version. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import type { RefreshMode } from '../../domain/publishing.ts';
import type { ViewVersion } from '../../domain/views.ts';
import { createHeldParts } from '../../infra/hermes/held-parts.ts';
import { createActivityWorld, POPULARITY } from '../support/activity-world.ts';

const COUNTED_ON: RefreshMode = {
  ...{ kind: 'incremental', reason: 'as the test says' },
  ...{ appendedFromMs: 0, days: [] },
};

async function begin(t: TestContext) {
  const world = await createActivityWorld();
  t.after(world.close);
  const folder = join(world.deps.workDir, 'parts');
  const fetched: string[] = [];
  const heldParts = { [POPULARITY]: createHeldParts(folder, { mostBytes: 1e9, onFault: assert.ifError }) };
  const deps: ActivityDeps = {
    ...world.deps,
    views: {
      ...world.views,
      readPart: (view, version, part) => {
        fetched.push(`${version} ${part.name}`);
        return world.views.readPart(view, version, part);
      },
    },
    popularity: {
      ...world.deps.popularity,
      mode: async (_plan, parent) =>
        parent === null ? { kind: 'full', reason: 'nothing to go on from' } : COUNTED_ON,
    },
  };
  const run = <T>(work: (input: never) => Promise<T>, input: object): Promise<T> =>
    new MockActivityEnvironment().run(work as never, input as never);
  /** Counts on from a version and holds what comes of it against that one. */
  const refresh = async (parent: ViewVersion | null, holding: boolean) => {
    const activities = createActivities(holding ? { ...deps, heldParts } : deps);
    const runId = `after-${parent ?? 'nothing'}-${holding}`;
    const version = await run(activities.claimVersion, { view: POPULARITY, runId });
    const plan = await deps.popularity.plan();
    const at = { view: POPULARITY, runId, version, parent, asOf: '2026-10-02T00:00:00.000Z' };
    await run(activities.computePopularity, { ...at, plan });
    assert.equal(await run(activities.validateVersion, at), null);
    const { parts } = await world.views.readManifest(POPULARITY, version);
    return { version, parts, fetched: fetched.splice(0) };
  };
  return { world, refresh, folder };
}

test('a worker fetches no part that it made before', async (t) => {
  const { world, refresh } = await begin(t);
  await world.appendPlays(40);
  const first = await refresh(null, true);
  await world.appendPlays(40, 't2');
  const second = await refresh(first.version, true);
  assert.deepEqual([first.fetched, second.fetched], [[], []]);
  const again = await refresh(first.version, false);
  assert.ok(again.fetched.length > 0);
  assert.deepEqual(again.parts, second.parts);
});

test('what lies damaged on disk is fetched, and nothing comes of it', async (t) => {
  const { world, refresh, folder } = await begin(t);
  await world.appendPlays(40);
  const first = await refresh(null, true);
  await world.appendPlays(40, 't2');
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'damaged');
  const second = await refresh(first.version, true);
  assert.deepEqual(
    second.fetched,
    first.parts.map(({ name }) => `${first.version} ${name}`),
  );
  assert.deepEqual(second.parts, (await refresh(first.version, false)).parts);
});
