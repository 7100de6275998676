import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import type { RangeJob } from '../../batch/backfill/range-job.ts';
import { EMPTY_DIFF, type BackfillDiff, type BackfillResult } from '../../domain/backfill.ts';
import { isMarqueeError, type ErrorCode } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { ViewVersion } from '../../domain/views.ts';
import { createBackfills, type BackfillClient } from '../../infra/temporal/backfills.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';
import { until } from '../support/until.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';

const REGION = region('test');
const ORDER = {
  view: POPULARITY,
  from: '2026-09-20T00:00:00Z',
  to: '2026-09-22T12:00:00Z',
  dryRun: false,
};
const CHANGED: BackfillDiff = { ...EMPTY_DIFF, changed: 1, unchanged: 2 };
const code = (wanted: ErrorCode) => (error: unknown) => isMarqueeError(error, wanted);

let skipping: SkippingTemporal;
let session: Session;
let world: ActivityWorld;
let backfills: BackfillClient;
let worker: RunningWorker | undefined;

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(async () => {
  session = skipping.session();
  const { temporal } = session;
  const settings = { backfillMaxHours: 744, approvalTimeoutMs: 24 * HOUR_MS };
  backfills = createBackfills({ temporal, region: REGION, settings });
  world = await createActivityWorld();
  await world.appendPlays(40);
});
afterEach(async () => {
  await worker?.stop();
  await world.close();
});

/** A range job whose difference is given, hours at a time; what it publishes is counted from the lake. */
function rangesSaying(diff: RangeJob['diff']): RangeJob {
  return { diff, compute: (_base, plan, _range, options) => world.deps.popularity.compute(plan, options) };
}

async function work(diff: RangeJob['diff'], changes: Partial<ActivityDeps> = {}): Promise<void> {
  const deps = { ...world.deps, ranges: rangesSaying(diff), ...changes };
  worker = await session.worker(createActivities(deps));
  await publish();
}

/**
 * Publishes what the lake says now, step by step. The workflow would begin to tell of it without waiting, and with such a run
 * behind it the server lets no time pass.
 */
async function publish(): Promise<void> {
  const parent = (await world.views.readPointer(POPULARITY))?.version ?? null;
  const plan = await world.deps.popularity.plan();
  const steps = createActivities(world.deps);
  const run = { view: POPULARITY, runId: `refresh-${(parent ?? 0) + 1}` };
  const doing = new MockActivityEnvironment();
  const version: ViewVersion = await doing.run(steps.claimVersion, run);
  const at = { ...run, version, parent, asOf: new Date().toISOString() };
  await doing.run(steps.computePopularity, { ...at, plan, full: false });
  assert.equal(await doing.run(steps.verifyVersion, at), null);
  assert.equal(await doing.run(steps.announceVersion, at), null);
}

const onlyTheFirstDay: RangeJob['diff'] = async (_base, _plan, { fromMs }) =>
  fromMs === Date.parse(ORDER.from) ? CHANGED : EMPTY_DIFF;

async function reach(id: string, phase: string): Promise<void> {
  await until(async () => (await backfills.get(id)).progress?.phase === phase);
}

/** Waits for the end, which lets time skip. */
function resultOf(id: string): Promise<BackfillResult> {
  const runId = id.split('.')[1];
  return skipping.env.client.workflow.getHandle('test:backfill:popularity', runId).result();
}

async function states(): Promise<string[]> {
  const versions = await world.views.listVersions(POPULARITY);
  return versions.map(({ version, state, rule }) => `${version} ${state} ${rule ?? ''}`.trim());
}

// First: those after it begin runs that nobody waits for, and then no time is skipped.
test('without approval within 24 hours it expires and publishes nothing', async () => {
  await work(onlyTheFirstDay);
  const { id } = await backfills.start(ORDER);
  await reach(id, 'waiting');
  assert.equal((await resultOf(id)).outcome, 'expired');
  const { startedAt, closedAt } = await backfills.get(id);
  const openMs = Date.parse(closedAt ?? '') - Date.parse(startedAt);
  assert.ok(openMs >= 24 * HOUR_MS && openMs < 25 * HOUR_MS, `${openMs}`);
  assert.deepEqual(await states(), ['1 announced']);
});

test('a dry run ends with the difference, joined over the whole range, and publishes nothing', async () => {
  const asked: number[] = [];
  await work(async (_base, plan, { fromMs, toMs }) => {
    asked.push((toMs - fromMs) / HOUR_MS);
    assert.deepEqual(plan.cut['plays'], [32]);
    return { ...EMPTY_DIFF, added: 1, before: { ...EMPTY_DIFF.before, plays: 3 } };
  });
  const { id } = await backfills.start({ ...ORDER, dryRun: true });
  const result = await resultOf(id);
  assert.deepEqual(asked, [24, 24, 12]);
  assert.equal(result.outcome, 'dry-run');
  assert.deepEqual(
    [result.base, result.version, result.diff.added, result.diff.before.plays],
    [1, null, 3, 9],
  );
  const report = await backfills.get(id);
  assert.deepEqual([report.state, report.from, report.dryRun], ['completed', ORDER.from, true]);
  assert.deepEqual(report.result, result);
  assert.deepEqual(await states(), ['1 announced']);
});

test('it waits for approval, says what would change, and publishes that once somebody approves', async () => {
  await work(world.deps.ranges.diff, { ranges: world.deps.ranges });
  await world.deletePlays('"offset" < 5');
  const { id } = await backfills.start(ORDER);
  await reach(id, 'waiting');
  const { progress } = await backfills.get(id);
  assert.deepEqual([progress?.base, progress?.hoursDone, progress?.hoursTotal], [1, 60, 60]);
  const { diff } = progress!;
  assert.deepEqual([diff?.before.plays, diff?.after.plays, diff?.added, diff?.removed], [32, 27, 0, 0]);
  await assert.rejects(backfills.approve(id, '  '), code('REQUEST_INVALID'));
  await world.appendPlays(40, 't2');
  await backfills.approve(id, 'operator');
  const result = await resultOf(id);
  assert.deepEqual(
    [result.outcome, result.version, result.approver, result.rebasedFrom],
    ['announced', 2, 'operator', null],
  );
  // It has the base's cut: what came since belongs to the speed layer.
  const { cut, metrics, parent } = await world.views.readManifest(POPULARITY, result.version!);
  assert.deepEqual([cut['plays'], metrics['plays'], parent], [[32], 27, 1]);
  const again = await backfills.start({ ...ORDER, dryRun: true });
  assert.equal((await resultOf(again.id)).diff.changed, 0);
});

test('an approval that nobody waits for is refused: too early, too late, or of no backfill at all', async () => {
  const held = Promise.withResolvers<BackfillDiff>();
  await work(() => held.promise);
  const { id } = await backfills.start(ORDER);
  await reach(id, 'recomputing');
  await assert.rejects(backfills.approve(id, 'operator'), code('BACKFILL_NOT_WAITING'));
  held.resolve(EMPTY_DIFF);
  assert.equal((await resultOf(id)).outcome, 'unchanged');
  await assert.rejects(backfills.approve(id, 'operator'), code('BACKFILL_NOT_WAITING'));
  for (const unknown of ['popularity.00000000-0000-4000-8000-000000000000', 'nonsense', '..']) {
    await assert.rejects(backfills.approve(unknown, 'operator'), code('BACKFILL_NOT_FOUND'));
  }
});

test('what the lake says already is published by nobody: approved or not, it ends unchanged', async () => {
  await work(onlyTheFirstDay);
  const { id } = await backfills.start(ORDER);
  await reach(id, 'waiting');
  await backfills.approve(id, 'operator');
  const result = await resultOf(id);
  assert.deepEqual([result.outcome, result.version], ['unchanged', null]);
  assert.deepEqual(await states(), ['2 rejected unchanged', '1 announced']);
});

test('a second backfill of the view is refused at once, naming the one that runs', async () => {
  await work(onlyTheFirstDay);
  const { id } = await backfills.start(ORDER);
  await assert.rejects(backfills.start({ ...ORDER, dryRun: true }), (error) => {
    assert.ok(isMarqueeError(error, 'BACKFILL_OVERLAP'));
    return error.details['running'] === id;
  });
  await reach(id, 'waiting');
  await backfills.cancel(id);
  await assert.rejects(resultOf(id), /cancelled/i);
  const next = await backfills.start({ ...ORDER, dryRun: true });
  assert.equal((await resultOf(next.id)).outcome, 'dry-run');
});

test('a range that is not usable is refused before anything starts', async () => {
  for (const change of [
    { from: '2026-09-20T00:30:00Z' },
    { to: ORDER.from },
    { to: '2027-09-20T00:00:00Z' },
    { from: 'yesterday' },
  ]) {
    await assert.rejects(backfills.start({ ...ORDER, ...change }), code('BACKFILL_RANGE_INVALID'));
  }
});

test('when another version was announced while it waited, the difference is taken anew and that is said', async () => {
  const cuts: (number | undefined)[] = [];
  await work(async (_base, plan, { fromMs }) => {
    cuts.push(plan.cut['plays']?.[0]);
    return fromMs === Date.parse(ORDER.from) ? CHANGED : EMPTY_DIFF;
  });
  const { id } = await backfills.start(ORDER);
  await reach(id, 'waiting');
  await world.appendPlays(40, 't2');
  await publish();
  await backfills.approve(id, 'operator');
  const result = await resultOf(id);
  assert.deepEqual([result.base, result.rebasedFrom], [2, 1]);
  assert.deepEqual(cuts, [32, 32, 32, 80, 80, 80]);
});

test('a cancelled backfill rejects the version it had begun to publish', async () => {
  const validating = Promise.withResolvers<void>();
  await work(onlyTheFirstDay, {
    ranges: {
      diff: onlyTheFirstDay,
      async compute(_base, _plan, _range, options) {
        validating.resolve();
        for (;;) {
          options.onProgress?.('still at it');
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    },
  });
  const { id } = await backfills.start(ORDER);
  await reach(id, 'waiting');
  await backfills.approve(id, 'operator');
  await validating.promise;
  await backfills.cancel(id);
  await assert.rejects(resultOf(id), /cancelled/i);
  assert.equal((await backfills.get(id)).state, 'cancelled');
  assert.deepEqual(await states(), ['2 rejected cancelled', '1 announced']);
});

test('a failed backfill says why', async () => {
  const { id } = await backfills.start(ORDER);
  worker = await session.worker(createActivities(world.deps));
  await assert.rejects(resultOf(id));
  const report = await backfills.get(id);
  assert.deepEqual([report.state, report.error?.code], ['failed', 'VIEW_NOT_FOUND']);
});
