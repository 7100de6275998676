import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { viewName } from '../../../domain/views.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createSchedules } from '../../../infra/temporal/schedules.ts';
import { startWorker } from '../../../infra/temporal/worker.ts';
import { declareSchedules } from '../../../workflows/schedules.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';
import { workflowBundle } from '../../support/workflows.ts';

const config = testConfig({ TEMPORAL_CONNECT_TIMEOUT_MS: '10000', MARQUEE_SHUTDOWN_TIMEOUT_MS: '2000' });
const { region } = config;
const temporal = createTemporal(config.temporal);
const schedules = createSchedules(temporal);
const declared = (refreshIntervalMs: number) => declareSchedules({ region, refreshIntervalMs });
const id = declared(1000)[0]!.id;

after(async () => {
  await temporal.client.schedule.getHandle(id).delete();
  await temporal.close();
});

test('applying creates, then changes nothing, then updates only what differs and keeps a pause', async () => {
  assert.deepEqual(await schedules.apply(declared(600_000)), [{ id, change: 'created' }]);
  assert.deepEqual(await schedules.apply(declared(600_000)), [{ id, change: 'unchanged' }]);
  await temporal.client.schedule.getHandle(id).pause('an operator');
  assert.deepEqual(await schedules.apply(declared(300_000)), [{ id, change: 'updated' }]);
  assert.deepEqual(await schedules.apply(declared(300_000)), [{ id, change: 'unchanged' }]);
  const { spec, state, policies } = await temporal.client.schedule.getHandle(id).describe();
  assert.deepEqual([spec.intervals?.[0]?.every, state.paused, policies.overlap], [300_000, true, 'SKIP']);
  await temporal.client.schedule.getHandle(id).unpause();
  await until(async () => (await schedules.list(`${region}:`)).some((listed) => listed.everyMs === 300_000));
});

test('a refresh that is due while the one before still runs is left out', async () => {
  const held = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const activities = {
    async planRefresh() {
      most = Math.max(most, ++running);
      await held.promise;
      running -= 1;
      return {
        plan: { inputs: [], cut: {}, blockSize: 16, generation: 'g1' },
        parent: null,
        unchanged: true,
      };
    },
  };
  const code = await workflowBundle();
  const worker = await startWorker({ config, workflows: { code }, activities });
  try {
    assert.deepEqual(await schedules.apply(declared(1000)), [{ id, change: 'updated' }]);
    const handle = temporal.client.schedule.getHandle(id);
    await until(async () => (await handle.describe()).info.numActionsSkippedOverlap >= 2, 30_000, 200);
    assert.equal(most, 1);
    const { info } = await handle.describe();
    assert.equal(info.numActionsTaken, 1);
    held.resolve();
    await until(async () => (await handle.describe()).info.numActionsTaken >= 2, 30_000, 200);
    const [run] = (await handle.describe()).info.recentActions;
    assert.ok(run?.action.workflow.workflowId.startsWith(`${region}:refresh:${viewName('popularity')}`));
  } finally {
    held.resolve();
    await worker.stop();
  }
});

test('without Temporal every request ends in time with one clear error', async () => {
  const gone = createTemporal({ ...config.temporal, address: '127.0.0.1:1', connectTimeoutMs: 500 });
  const started = performance.now();
  await assert.rejects(createSchedules(gone).list(''), { code: 'WORKFLOW_SERVICE_UNAVAILABLE' });
  assert.ok(performance.now() - started < 3000);
  await gone.close();
});
