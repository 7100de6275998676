/** One region on real servers in which a scenario is played again and again, with something new each time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILE_ROWS_VIEW } from '../../../batch/models/precompute.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { loadConfig } from '../../../infra/config.ts';
import { openLake, openObjectStore } from '../../../infra/connections.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { silentLog } from '../../../infra/log.ts';
import { createBackfills } from '../../../infra/temporal/backfills.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createRefreshes } from '../../../infra/temporal/refreshes.ts';
import { createTrainings } from '../../../infra/temporal/trainings.ts';
import { playStarts } from '../../support/activity-world.ts';
import { LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { appendTakes } from '../../support/row-takes.ts';
import { until } from '../../support/until.ts';
import type { Moment, Scenario } from './scenarios.ts';

const POPULARITY = viewName('popularity');
const PROFILES = 24;
/** Plays of a new title: a whole block, so that the next count of popularity has it. */
const PLAYS_OF_NEW = 16;
const TITLES = 12;
const POLL_MS = 100;
const MOST_MS = 180_000;
/** Each look at a backfill is a query, which its worker has to answer beside its work. */
const LOOK_MS = 1500;

export type Place = Awaited<ReturnType<typeof openPlace>>;

export async function openPlace(
  { name, view, work, model, settings }: Scenario,
  {
    environment,
    region,
    folder,
  }: { environment: Readonly<Record<string, string>>; region: string; folder: string },
) {
  const source = join(folder, `${name}.ndjson`);
  const env = {
    ...environment,
    ...{ MARQUEE_REGION: region, MARQUEE_DATA_DIR: join(folder, name), MARQUEE_LOG_LEVEL: 'silent' },
    ...{ MARQUEE_BLOCK_SIZE: '16', MARQUEE_PARTITIONS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' },
    ...{ MARQUEE_RANKING_POLICY_SOURCE: source, WORKER_METRICS_PORT: '0', ...settings },
  };
  const config = loadConfig(env);
  const temporal = createTemporal(config.temporal);
  const store = openObjectStore(config);
  const views = createViewRepository({ store, region: config.region });
  const deps = { temporal, region: config.region };
  const refreshes = createRefreshes(deps);
  const trainings = createTrainings(deps);
  const backfills = createBackfills({ ...deps, settings: config.temporal });
  const { lake, close: closeLake } = await openLake(config, silentLog());
  await store.ensureBucket();
  await lake.ensureTables();
  const workers = new Set<ChildProcess>();
  let offset = 0;

  /** Two tastes: even profiles watch even titles, odd ones odd titles; each time everybody watches one more. */
  async function appendPlays(times: number): Promise<void> {
    const plays = Array.from({ length: times * PROFILES }, (_, i) => {
      const [profile, nth] = [i % PROFILES, Math.floor((offset + i) / PROFILES)];
      const title = `t${(2 * ((profile >> 1) + nth) + profile) % TITLES}`;
      return playStarts(offset + i, 1, title, `p${profile}`);
    }).flat();
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays, { from: offset })]);
    offset += plays.length;
  }

  async function appendNewTitle(): Promise<void> {
    const plays = Array.from({ length: PLAYS_OF_NEW }, (_, i) =>
      playStarts(offset + i, 1, `new${offset}`, `p${i}`),
    ).flat();
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays, { from: offset })]);
    offset += plays.length;
  }

  async function appendTake(): Promise<void> {
    const takes = [{ row: 'trending', rank: 0, title: 't', shown: 20, taken: ++offset }];
    await appendTakes(lake, takes, { time: new Date().toISOString(), run: String(offset) });
  }

  async function change(): Promise<void> {
    if (work === 'performance') return appendTake();
    if (work === 'extend' && offset > 0) return appendNewTitle();
    if (work === 'ingest' || work === 'refuse') {
      const line = JSON.stringify({ rowId: '*', setting: 'length', value: ++offset });
      writeFileSync(source, work === 'refuse' ? `${line}\n${line}\n` : `${line}\n`);
    } else if (work === 'backfill' && offset > 0) {
      const condition = `"offset" = (SELECT min("offset") FROM ${lake.reference('plays')})`;
      await lake.read((connection) =>
        connection.run(`DELETE FROM ${lake.reference('plays')} WHERE ${condition}`),
      );
    } else await appendPlays(offset === 0 ? 5 : 1);
  }

  async function start(): Promise<() => Promise<unknown>> {
    if (work === 'train') {
      const id = await trainings.start([model!]);
      return () => trainings.result(id);
    }
    if (work === 'backfill') {
      const from = new Date(Math.floor(LOG_START / HOUR_MS) * HOUR_MS).toISOString();
      const to = new Date(Date.parse(from) + 30 * HOUR_MS).toISOString();
      const { id } = await backfills.start({ view, from, to, dryRun: false });
      return async () => {
        await until(async () => (await backfills.get(id)).progress?.phase === 'waiting', MOST_MS, LOOK_MS);
        await backfills.approve(id, 'operator');
        await until(async () => (await backfills.get(id)).state !== 'running', MOST_MS, LOOK_MS);
      };
    }
    // Factors are extended behind a count of popularity.
    const id = await refreshes.start(work === 'extend' ? POPULARITY : view);
    return () => refreshes.result(id);
  }

  function spawnWorker(killAt?: string): ChildProcess {
    const args = [join(import.meta.dirname, 'doomed-worker.ts'), ...(killAt === undefined ? [] : [killAt])];
    const worker = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
    return worker;
  }

  async function end(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }

  /** All that runs in this region, children and what goes on behind a result too. */
  async function settled(): Promise<void> {
    const query = `TaskQueue = '${config.temporal.taskQueue}' AND ExecutionStatus = 'Running'`;
    await until(
      async () =>
        (
          await temporal.client.workflowService.countWorkflowExecutions({
            namespace: config.temporal.namespace,
            query,
          })
        ).count.toNumber() === 0,
      MOST_MS,
      POLL_MS,
    );
  }

  async function versions(): Promise<{ version: ViewVersion; state: string }[]> {
    return (await views.listVersions(view)).map(({ version, state }) => ({ version, state }));
  }

  return {
    versions,
    /** Does the work with something new, has the worker killed on its way, and another one started. */
    async round(activity: string, moment: Moment): Promise<{ wasKilled: boolean }> {
      await change();
      const doomed = spawnWorker(`${activity}:${moment}`);
      const result = await start();
      const died = once(doomed, 'exit').then(([, signal]) => signal === 'SIGKILL');
      const ended = result().then(() => settled());
      const first = await Promise.race([died, ended.then(() => undefined)]);
      const successor = spawnWorker();
      try {
        await ended;
        await settled();
      } finally {
        await end(successor);
        await end(doomed);
      }
      return { wasKilled: first === true };
    },
    /** Once without anybody killed: what the view begins with. */
    async begin(): Promise<void> {
      if (work !== 'backfill' && work !== 'extend') return;
      await change();
      const worker = spawnWorker();
      await (work === 'extend' ? trainings.train([model!]) : refreshes.refresh(view));
      await settled();
      await end(worker);
    },
    /** What is left where nothing should be: objects of working places, and versions that are neither here nor there. */
    async orphans(): Promise<string[]> {
      const inWork = (await store.list(`${region}/work/`)).map(({ key }) => key);
      const found: string[] = [];
      for (const each of [view, ...(work === 'train' || work === 'extend' ? [PROFILE_ROWS_VIEW] : [])])
        for (const { version, state } of await views.listVersions(each))
          if (state === 'staged' || state === 'verified') found.push(`${each} ${version} is ${state}`);
      return [...inWork, ...found];
    },
    /** The current version's number, read back whole. */
    async current(): Promise<number | null> {
      const pointer = await views.readPointer(view);
      if (pointer === undefined) return null;
      const manifest = await views.readManifest(view, pointer.version);
      for (const part of manifest.parts) await views.readPart(view, pointer.version, part);
      return pointer.version;
    },
    async close(): Promise<void> {
      for (const worker of workers) await end(worker);
      await temporal.close();
      await closeLake();
      store.close();
    },
  };
}
