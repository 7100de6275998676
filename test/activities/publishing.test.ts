import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure, type ApplicationFailure } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import {
  createActivities,
  type Activities,
  type ActivityDeps,
  type VersionAt,
} from '../../activities/activities.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { viewVersion } from '../../domain/views.ts';
import { withLakeRetries } from '../../infra/lake/retry.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';

const SILENT = new DefaultLogger('ERROR');
let world: ActivityWorld;
let activities: Activities;
beforeEach(async () => {
  world = await createActivityWorld();
  await world.appendPlays(40);
  activities = createActivities(world.deps);
});
afterEach(() => world.close());

/** Runs one activity as Temporal would, on a worker of its own. */
function run<N extends keyof Activities>(
  name: N,
  input: Parameters<Activities[N]>[0],
  on: Activities = activities,
): Promise<Awaited<ReturnType<Activities[N]>>> {
  return new MockActivityEnvironment({}, { logger: SILENT }).run(on[name] as never, input) as never;
}

const AS_OF = '2026-10-01T00:00:00.000Z';
const at = (runId: string, version: number, parent: number | null = null): VersionAt => ({
  ...{ view: POPULARITY, runId, asOf: AS_OF, version: viewVersion(version) },
  parent: parent === null ? null : viewVersion(parent),
});

async function publish(runId: string, version: number, parent: number | null = null): Promise<void> {
  assert.equal(await run('claimVersion', { view: POPULARITY, runId }), version);
  const { plan } = await run('planRefresh', { view: POPULARITY });
  await run('computePopularity', { ...at(runId, version, parent), plan });
  for (const step of ['verifyVersion', 'validateVersion', 'announceVersion'] as const) {
    assert.equal(await run(step, at(runId, version, parent)), null);
  }
}

test('every activity of the ladder may be repeated and comes to the same end', async () => {
  await publish('run', 1);
  const before = await world.views.fetchManifest(POPULARITY, viewVersion(1));
  await publish('run', 1);
  assert.deepEqual(await world.views.fetchManifest(POPULARITY, viewVersion(1)), before);
  assert.equal((await world.views.readPointer(POPULARITY))?.version, 1);
});

test('a worker thought dead that computes the same version beside its successor does no harm', async () => {
  await run('claimVersion', { view: POPULARITY, runId: 'run' });
  const { plan } = await run('planRefresh', { view: POPULARITY });
  const successor = createActivities(world.deps);
  const [first, second] = await Promise.all([
    run('computePopularity', { ...at('run', 1), plan }),
    run('computePopularity', { ...at('run', 1), plan }, successor),
  ]);
  assert.deepEqual(first, second);
  assert.equal(await run('verifyVersion', at('run', 1)), null);
});

test('two workers racing for one version number: the second is refused and cannot reject the winner’s', async () => {
  await publish('winner', 1);
  const refusal = await run('announceVersion', at('loser', 1));
  assert.equal(refusal?.rule, 'version-taken');
  await run('rejectVersion', { view: POPULARITY, runId: 'loser', rule: 'version-taken', reason: 'slow' });
  assert.equal(await world.views.readState(POPULARITY, viewVersion(1)), 'announced');
});

test('a damaged part is a refusal that names it, not an announcement', async () => {
  await run('claimVersion', { view: POPULARITY, runId: 'run' });
  const { plan } = await run('planRefresh', { view: POPULARITY });
  await run('computePopularity', { ...at('run', 1), plan });
  await world.overwrite('test/views/popularity/versions/00000001/parts/totals.parquet', 'garbage');
  const refusal = await run('verifyVersion', at('run', 1));
  assert.equal(refusal?.rule, 'corrupt');
  assert.match(refusal.reason, /part totals/);
});

test('an announced version is not rejected by the clean-up of its own run', async () => {
  await publish('run', 1);
  await run('rejectVersion', { view: POPULARITY, runId: 'run', rule: 'cancelled', reason: 'too late' });
  assert.equal(await world.views.readState(POPULARITY, viewVersion(1)), 'announced');
});

test('a cancellation between two steps in the lake is a cancellation, not a failure of the lake', async () => {
  const environment = new MockActivityEnvironment({}, { logger: SILENT });
  await run('claimVersion', { view: POPULARITY, runId: 'run' });
  const plan = await world.deps.popularity.plan();
  environment.cancel();
  const popularity: ActivityDeps['popularity'] = {
    ...world.deps.popularity,
    compute: (...given) =>
      withLakeRetries('plays', { attempts: 1, backoffMs: 1 }, () => world.deps.popularity.compute(...given)),
  };
  const on = createActivities({ ...world.deps, popularity });
  await assert.rejects(
    environment.run(on.computePopularity, { ...at('run', 1), plan }),
    (error) => error instanceof CancelledFailure,
  );
});

test(
  'cancelling an activity interrupts the statement that DuckDB runs for it',
  { timeout: 60_000 },
  async () => {
    const environment = new MockActivityEnvironment({}, { logger: SILENT });
    await run('claimVersion', { view: POPULARITY, runId: 'run' });
    const plan = await world.deps.popularity.plan();
    let statements = 0;
    const popularity: ActivityDeps['popularity'] = {
      ...world.deps.popularity,
      compute: () =>
        world.deps.duckdb.use(async (connection) => {
          statements += 1;
          setImmediate(() => environment.cancel());
          // Hours of work; a statement has ten minutes, and this test one.
          await connection.run('SELECT sum(hash(a.i, b.i)) FROM range(1000000000) a(i), range(1000000) b(i)');
          return assert.fail('it came to an end');
        }),
    };
    const on = createActivities({ ...world.deps, popularity });
    await assert.rejects(
      environment.run(on.computePopularity, { ...at('run', 1), plan }),
      (error) => error instanceof CancelledFailure,
    );
    assert.equal(statements, 1);
    await assert.rejects(world.views.readManifest(POPULARITY, viewVersion(1)), { code: 'VIEW_NOT_FOUND' });
  },
);

test('failures carry their code, and only those that repeating may mend are repeated', async () => {
  const failing = (error: Error): ActivityDeps => ({
    ...world.deps,
    popularity: { ...world.deps.popularity, plan: () => Promise.reject(error) },
  });
  const failureOf = (error: Error) =>
    run('planRefresh', { view: POPULARITY }, createActivities(failing(error))).then(
      () => assert.fail('it succeeded'),
      (failure: unknown) => {
        const { type, nonRetryable } = failure as ApplicationFailure;
        return { type, nonRetryable };
      },
    );
  const away = new MarqueeError('LAKE_UNAVAILABLE', { reason: 'away' });
  assert.deepEqual(await failureOf(away), { type: 'LAKE_UNAVAILABLE', nonRetryable: false });
  const denied = new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'secret' });
  assert.deepEqual(await failureOf(denied), { type: 'OBJECT_STORE_DENIED', nonRetryable: true });
  assert.deepEqual(await failureOf(new TypeError('oops')), { type: 'INTERNAL', nonRetryable: false });
});

test('rows are kept where they are read by key, again and again, and a part that is not the manifest’s refuses the version', async () => {
  await publish('run', 1);
  const kept = new Map<string, number>();
  let isDamaged = false;
  const keyed = createActivities({
    ...world.deps,
    keyedViews: {
      [POPULARITY]: {
        async put({ manifest }, readPart) {
          for (const part of manifest.parts) kept.set(part.name, (await readPart(part)).byteLength);
          if (isDamaged)
            throw new MarqueeError('VIEW_CORRUPT', {
              view: POPULARITY,
              version: 1,
              reason: 'a flipped byte',
            });
        },
      },
    },
  });
  assert.equal(await run('keepRows', at('run', 1)), null);
  assert.equal(kept.size, 0);
  for (let times = 0; times < 2; times += 1) assert.equal(await run('keepRows', at('run', 1), keyed), null);
  const { parts } = await world.views.readManifest(POPULARITY, viewVersion(1));
  assert.deepEqual(
    [...kept],
    parts.map(({ name, bytes }) => [name, bytes]),
  );
  isDamaged = true;
  assert.equal((await run('keepRows', at('run', 1), keyed))?.rule, 'corrupt');
});
