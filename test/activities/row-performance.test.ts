import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, type Activities } from '../../activities/activities.ts';
import { createPerformanceJob } from '../../batch/performance/job.ts';
import { createRowPerformanceValidators } from '../../batch/validators/row-performance.ts';
import { firstRefusal } from '../../batch/validators/validator.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { viewVersion } from '../../domain/views.ts';
import { createActivityWorld } from '../support/activity-world.ts';
import { appendTakes } from '../support/row-takes.ts';

const SILENT = new DefaultLogger('ERROR');
const TAKES = [
  { row: 'trending', rank: 0, title: 'a', shown: 100, taken: 20 },
  { row: 'trending', rank: 1, title: 'b', shown: 100, taken: 5 },
];

async function performanceWorld() {
  const world = await createActivityWorld();
  let snapshots = 0;
  const lake = {
    ...world.lake,
    snapshot: () => Promise.resolve(snapshots === 0 ? undefined : String(snapshots)),
  };
  const rules = createRowPerformanceValidators(world.deps.duckdb);
  const activities = createActivities({
    ...world.deps,
    performance: createPerformanceJob({ lake }),
    validate: (candidate, previous) => firstRefusal(rules, candidate, previous),
  });
  return {
    world,
    append: async (takes: typeof TAKES, time: string): Promise<void> => {
      snapshots += 1;
      await appendTakes(lake, takes, { time, run: `run-${snapshots}` });
    },
    run: <N extends keyof Activities>(
      name: N,
      ...input: Parameters<Activities[N]>
    ): Promise<Awaited<ReturnType<Activities[N]>>> =>
      new MockActivityEnvironment({}, { logger: SILENT }).run(activities[name] as never, ...input) as never,
  };
}

test('how rows did climbs the ladder, and the same snapshots are not counted again', async (t) => {
  const { world, append, run } = await performanceWorld();
  t.after(world.close);
  assert.deepEqual(await run('planPerformance'), { parent: null });

  async function publish(version: number): Promise<Manifest> {
    const { parent, plan } = await run('planPerformance');
    const at = { view: ROW_PERFORMANCE_VIEW, version: viewVersion(version), parent, runId: `run-${version}` };
    const whole = { ...at, asOf: '2026-11-20T00:00:00.000Z' };
    await run('claimVersion', whole);
    await run('stagePerformance', { ...whole, plan: plan! });
    for (const step of ['verifyVersion', 'validateVersion', 'announceVersion'] as const)
      assert.equal(await run(step, whole), null, step);
    return world.views.readManifest(ROW_PERFORMANCE_VIEW, at.version);
  }

  await append(TAKES, '2026-11-01 12:00:00');
  const first = await publish(1);
  assert.deepEqual(first.rowCounts, { rows: 1, positions: 2, 'row-positions': 2, promotions: 0 });
  assert.deepEqual(first.inputs, [
    { table: 'impressions', snapshotId: '1' },
    { table: 'attributed_plays', snapshotId: '1' },
  ]);
  // Of what was logged, not of when it was worked out.
  assert.equal(first.asOf, '2026-11-01T12:00:00.001Z');
  assert.deepEqual(await run('planPerformance'), { parent: 1 });

  await append([{ row: 'new', rank: 1, title: 'c', shown: 10, taken: 1 }], '2026-11-02 12:00:00');
  const second = await publish(2);
  assert.deepEqual([second.parent, second.rowCounts['rows']], [1, 2]);
});

test('a version without any row is refused by name', async (t) => {
  const { world, append, run } = await performanceWorld();
  t.after(world.close);
  await append([{ row: 'trending', rank: 0, title: 'a', shown: 0, taken: 1 }], '2026-11-01 12:00:00');
  const { plan } = await run('planPerformance');
  const at = { view: ROW_PERFORMANCE_VIEW, version: viewVersion(1), parent: null, runId: 'run' };
  const whole = { ...at, asOf: '2026-11-20T00:00:00.000Z' };
  await run('claimVersion', whole);
  await run('stagePerformance', { ...whole, plan: plan! });
  assert.equal(await run('verifyVersion', whole), null);
  assert.equal((await run('validateVersion', whole))?.rule, 'minimum-rows');
});
