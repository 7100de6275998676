/** Temporal goes away for longer than an interval and comes back: schedules make up what they may, and nobody else notices. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../../infra/config.ts';
import { startTemporal } from '../../../infra/local/launch.ts';
import type { RunningServer } from '../../../infra/local/server.ts';
import { silentLog } from '../../../infra/log.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createSchedules } from '../../../infra/temporal/schedules.ts';
import { openServing } from '../../../serving/process.ts';
import { declareSchedules } from '../../../workflows/schedules.ts';
import { films, writeLines } from '../../support/side-inputs.ts';
import { testEnvironment, testLocalConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

/** Temporal makes up no less than ten seconds. */
const INTERVAL_MS = 10_000;
const UP_MS = 30_000;

const local = testLocalConfig();
const dir = join(local.dataDir, 'temporal');
const catalogPath = join(local.dataDir, 'titles.ndjson');
let server: RunningServer | undefined = await startTemporal({ config: local, dir });
const { ports } = server.record;
const config = loadConfig({
  ...testEnvironment({ TEMPORAL_CONNECT_TIMEOUT_MS: '10000', TEMPORAL_TASK_QUEUE: 'nobody-works-on-it' }),
  ...{ SERVING_CATALOG_PATH: catalogPath, ...server.environment },
});
const temporal = createTemporal(config.temporal);
const schedules = createSchedules(temporal);
writeLines(catalogPath, films(20));
const closers: (() => Promise<void> | void)[] = [];

after(async () => {
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  await server?.stop();
});

/** Due for the first time a moment from now: nothing of that is what is tested. */
function soon() {
  const [declared] = declareSchedules({ region: config.region, refreshIntervalMs: INTERVAL_MS });
  return { ...declared!, jitterMs: 0, offsetMs: (Date.now() + 3000) % INTERVAL_MS };
}

test('after an outage the newest missed run stands for all, and serving answered all the while', async () => {
  const { url, opsUrl } = await openServing({
    ...{ config, log: silentLog(), fail: assert.fail },
    onClose: (close) => void closers.push(close),
  });
  const status = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
  const answers = () => Promise.all(['/livez', '/readyz', '/v1/rows/popular?country=SE'].map(status));
  await until(async () => (await answers()).every((code) => code === 200), UP_MS, 100);

  const spec = soon();
  await schedules.apply([spec]);
  const handle = temporal.client.schedule.getHandle(spec.id);
  const before = await handle.describe();
  assert.equal(before.info.numActionsTaken, 0);
  const [first] = before.info.nextActionTimes;
  assert.ok(first !== undefined);

  await server!.kill();
  server = undefined;
  const second = first.getTime() + INTERVAL_MS;
  while (Date.now() < second + 500) {
    assert.deepEqual(await answers(), [200, 200, 200]);
    await sleep(500);
  }
  assert.equal((await fetch(`${opsUrl}/v1/ops/backfills`)).status, 503);

  server = await startTemporal({ config: local, dir, preferred: ports });
  assert.deepEqual(server.record.ports, ports);
  await until(async () => (await handle.describe()).info.numActionsTaken > 0, UP_MS, 200);
  const { info } = await handle.describe();
  const [made] = info.recentActions;
  assert.ok(made !== undefined && made.scheduledAt.getTime() >= second, 'the first of two was made up');
  assert.ok(info.numActionsMissedCatchupWindow >= 1, 'nothing was missed');
  assert.deepEqual(await answers(), [200, 200, 200]);
});
