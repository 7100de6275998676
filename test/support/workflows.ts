/** A Temporal test server of the test's own that skips time, and workers on it. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities/activities.ts';
import { bundleWorkflows } from '../../infra/temporal/bundle.ts';
import { overConnection, type Temporal } from '../../infra/temporal/client.ts';
import { logTemporalTo, startWorker, type RunningWorker } from '../../infra/temporal/worker.ts';
import { silentLog } from '../../infra/log.ts';
import { testConfig } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The workflows' bundle: made once for the sources as they are, and shared by all test files. */
export async function workflowBundle(): Promise<string> {
  logTemporalTo(silentLog());
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const file of globSync('{workflows,domain}/**/*.ts', { cwd: ROOT }).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  const path = join(tmpdir(), `marquee-workflows-${hash.digest('hex').slice(0, 32)}.js`);
  if (!existsSync(path)) {
    writeFileSync(`${path}.${process.pid}`, await bundleWorkflows(join(ROOT, 'workflows/index.ts')));
    renameSync(`${path}.${process.pid}`, path);
  }
  return readFileSync(path, 'utf8');
}

/** One test's part of the server: a task queue that no worker polled before. */
export interface Session {
  readonly temporal: Temporal;
  worker(activities: Partial<Activities>): Promise<RunningWorker>;
}

export interface SkippingTemporal {
  readonly env: TestWorkflowEnvironment;
  /** The server may still hand a task to a worker that has stopped, so each test has a queue of its own. */
  session(): Session;
  close(): Promise<void>;
}

export async function startSkippingTemporal(): Promise<SkippingTemporal> {
  const code = await workflowBundle();
  const path = testConfig().temporal.testServerPath;
  if (path === undefined) throw new Error('TEMPORAL_TEST_SERVER_PATH is not set');
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  let sessions = 0;
  return {
    env,
    session() {
      const taskQueue = `session-${++sessions}`;
      const config = testConfig({ TEMPORAL_TASK_QUEUE: taskQueue, MARQUEE_SHUTDOWN_TIMEOUT_MS: '3000' });
      return {
        temporal: overConnection(env.client, env.connection, { connectTimeoutMs: 10_000 }, taskQueue),
        worker: (activities) =>
          startWorker({ config, workflows: { code }, activities, connection: env.nativeConnection }),
      };
    },
    close: () => env.teardown(),
  };
}
