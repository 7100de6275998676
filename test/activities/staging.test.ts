/** A full count is held against counting on, and a difference between them is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import type { RefreshMode } from '../../domain/publishing.ts';
import { viewVersion, type ViewVersion } from '../../domain/views.ts';
import { createLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createRecountAlert } from '../../infra/parity/recount-alert.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';

const COUNTED_ON: RefreshMode = {
  ...{ kind: 'incremental', reason: 'as the test says' },
  ...{ appendedFromMs: 0, days: [] },
};

/** A region with a version of 32 plays, and what the worker shows of full counts. */
async function begin() {
  const world = await createActivityWorld();
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics();
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as never) };
  const log = createLog({ name: 'test', level: 'info', destination });
  const deps: ActivityDeps = {
    ...world.deps,
    popularity: { ...world.deps.popularity, mode: async (_plan, parent) => modeAfter(parent) },
    onRecount: createRecountAlert(metrics, log),
  };
  const stage = staging(world, deps);
  await world.appendPlays(40);
  await stage(null);
  return {
    world,
    stage,
    alerts: () => lines.filter(({ alert }) => alert === 'recount'),
    gauge: async () =>
      /marquee_recount_differing_parts\{view="popularity"\} (\d+)/.exec(await metrics.render())?.[1],
  };
}

const modeAfter = (parent: unknown): RefreshMode =>
  parent === null ? { kind: 'full', reason: 'nothing to go on from' } : COUNTED_ON;

/** Counts the next version whole, and leaves it as the parent of the one after. */
function staging({ views }: ActivityWorld, deps: ActivityDeps) {
  const activities = createActivities(deps);
  const run = <T>(work: (input: never) => Promise<T>, input: object): Promise<T> =>
    new MockActivityEnvironment().run(work as never, input as never);
  return async (parent: ViewVersion | null): Promise<number | undefined> => {
    const runId = `after-${parent ?? 'nothing'}`;
    const version = await run(activities.claimVersion, { view: POPULARITY, runId });
    const plan = await deps.popularity.plan();
    const at = { view: POPULARITY, runId, version, parent, asOf: '2026-10-02T00:00:00.000Z' };
    await run(activities.computePopularity, { ...at, plan, full: true });
    return (await views.readManifest(POPULARITY, version)).metrics['differing_parts'];
  };
}

test('a full count that agrees with counting on is shown as such and raises nothing', async (t) => {
  const { world, stage, alerts, gauge } = await begin();
  t.after(world.close);
  await world.appendPlays(40, 't2');
  assert.equal(await stage(viewVersion(1)), 0);
  assert.deepEqual([alerts(), await gauge()], [[], '0']);
});

test('a full count that differs from counting on raises an alert with the parts, until one agrees again', async (t) => {
  const { world, stage, alerts, gauge } = await begin();
  t.after(world.close);
  // Counting on believes that nothing it has counted was changed.
  await world.deletePlays('"offset" < 4');
  await world.appendPlays(40, 't2');
  const differing = await stage(viewVersion(1));
  assert.ok(differing !== undefined && differing > 0);
  const [alert, ...more] = alerts();
  assert.deepEqual(more, []);
  assert.deepEqual([alert?.['level'], alert?.['view'], alert?.['version']], ['error', 'popularity', 2]);
  const parts = alert?.['parts'] as string[];
  assert.equal(parts.length, differing);
  assert.ok(parts.includes('totals'));
  assert.equal(await gauge(), String(differing));

  assert.equal(await stage(viewVersion(2)), 0);
  assert.deepEqual([alerts().length, await gauge()], [1, '0']);
});
