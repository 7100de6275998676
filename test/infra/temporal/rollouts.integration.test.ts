/** A rollout as docs/batch.md describes it, on the real server. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { viewName } from '../../../domain/views.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createRefreshes } from '../../../infra/temporal/refreshes.ts';
import { createRollouts } from '../../../infra/temporal/rollouts.ts';
import { startWorker, type RunningWorker } from '../../../infra/temporal/worker.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';
import { workflowBundle } from '../../support/workflows.ts';

const POPULARITY = viewName('popularity');
const config = testConfig({
  TEMPORAL_CONNECT_TIMEOUT_MS: '20000',
  MARQUEE_SHUTDOWN_TIMEOUT_MS: '2000',
  WORKER_VERSIONING: 'true',
});
const temporal = createTemporal(config.temporal);
const rollouts = createRollouts(temporal);
const refreshes = createRefreshes({ temporal, region: config.region });
const workers: RunningWorker[] = [];
const release = Promise.withResolvers<void>();
const ranOn: string[] = [];
let held: Promise<void> = Promise.resolve();

after(async () => {
  release.resolve();
  for (const worker of workers) await worker.stop();
  await temporal.close();
});

async function deploy(buildId: string): Promise<void> {
  const activities = {
    async planRefresh() {
      ranOn.push(buildId);
      await held;
      return {
        plan: { inputs: [], cut: {}, blockSize: 16, generation: 'g1' },
        parent: null,
        unchanged: true,
      };
    },
  };
  workers.push(
    await startWorker({ config, workflows: { code: await workflowBundle() }, activities, buildId }),
  );
  await until(async () => (await rollouts.builds()).some((build) => build.buildId === buildId), 30_000, 200);
}

const states = async () =>
  (await rollouts.builds()).map(({ buildId, state, percent }) => [buildId, state, percent]);

test('a build gets new runs once it is promoted, and what ran before ends on the build that it began with', async () => {
  await deploy('1.0.0');
  await rollouts.promote('1.0.0');
  held = release.promise;
  const old = await refreshes.start(POPULARITY);
  await until(() => ranOn.length === 1, 60_000, 50);
  held = Promise.resolve();

  await deploy('1.1.0');
  await rollouts.ramp('1.1.0', 25);
  assert.deepEqual(new Map((await states()).map(([id, ...rest]) => [id, rest])).get('1.1.0'), [
    'ramping',
    25,
  ]);
  await rollouts.promote('1.1.0');
  assert.equal((await refreshes.refresh(POPULARITY)).outcome, 'unchanged');
  release.resolve();
  assert.equal((await refreshes.result(old)).outcome, 'unchanged');
  assert.deepEqual(ranOn, ['1.0.0', '1.1.0']);

  await rollouts.promote('1.0.0');
  await refreshes.refresh(POPULARITY);
  assert.equal(ranOn.at(-1), '1.0.0');
});

test('a build that no worker was started with is refused by name', async () => {
  await assert.rejects(rollouts.promote('9.9.9'), { code: 'ROLLOUT_REFUSED' });
});
