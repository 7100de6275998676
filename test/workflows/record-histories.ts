/**
 * Records the histories that `replay.test.ts` replays, by real runs with real activities. Needs `marquee up`; then:
 *
 *   node test/workflows/record-histories.ts            # all of them
 *   node test/workflows/record-histories.ts sources    # or `lake`, `training`, `extension`, `rows`, `sweep`: only those that come from there
 *
 * Record anew when a workflow changes on purpose, and keep the old files for as long as runs begun before may be open.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivities } from '../../activities/activities.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { viewName, type ViewName } from '../../domain/views.ts';
import { backfillId, extendId, precomputeId, sweepId, WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import { findWorkflows, openActivityDeps } from '../../infra/bin/worker-process.ts';
import { openLake, openObjectStore } from '../../infra/connections.ts';
import { silentLog } from '../../infra/log.ts';
import { createBackfills } from '../../infra/temporal/backfills.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';
import { logTemporalTo, startWorker } from '../../infra/temporal/worker.ts';
import { playStarts } from '../support/activity-world.ts';
import { LOG_START, partitionRows } from '../support/clean-rows.ts';
import { appendTakes } from '../support/row-takes.ts';
import { films, writeLines } from '../support/side-inputs.ts';
import { testConfig } from '../support/stack.ts';
import { historyToText } from '../support/histories.ts';
import { until } from '../support/until.ts';

const HISTORIES = join(import.meta.dirname, 'histories');
const POPULARITY = viewName('popularity');
const HOUR_MS = 3_600_000;
const FIRST_HOUR_MS = Math.floor(LOG_START / HOUR_MS) * HOUR_MS;
const RANGE = {
  from: new Date(FIRST_HOUR_MS).toISOString(),
  to: new Date(FIRST_HOUR_MS + 30 * HOUR_MS).toISOString(),
};

const sourceDir = mkdtempSync(join(tmpdir(), 'marquee-histories-'));
const sourcePath = join(sourceDir, 'catalogue.ndjson');
const config = testConfig({
  MARQUEE_CATALOGUE_SOURCE: sourcePath,
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  PRECOMPUTE_MODEL: 'ease',
  PRECOMPUTE_SHARDS: '2',
});
const { region } = config;
const log = silentLog();
logTemporalTo(log);
const store = openObjectStore(config);
const { lake, close: closeLake } = await openLake(config, log);
const { deps, close: closeDeps } = await openActivityDeps(config, log);
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region });
const trainings = createTrainings({ temporal, region });
const backfills = createBackfills({ temporal, region, settings: config.temporal });
const hasty = createBackfills({
  temporal,
  region,
  settings: { ...config.temporal, approvalTimeoutMs: 1000 },
});
let refusing = false;
let offsets = 0;

async function appendPlays(count: number): Promise<void> {
  const records = playStarts(offsets, count, 't');
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records, { from: offsets })]);
  offsets += count;
}

const deletePlay = (offset: number): Promise<void> =>
  lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('plays')} WHERE "offset" = ${offset}`),
  );

async function record(name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  writeFileSync(join(HISTORIES, `${name}.json`), historyToText(history));
  process.stderr.write(`${name}: ${history.events?.length ?? 0} events\n`);
}

async function recordRefresh(name: string, publishName?: string, view: ViewName = POPULARITY): Promise<void> {
  const id = await refreshes.start(view);
  await refreshes.result(id);
  await record(name, id);
  if (publishName !== undefined) await record(publishName, `${id}:publish`);
}

type Act = (id: string) => Promise<unknown>;

async function recordBackfill(name: string, dryRun: boolean, client = backfills, act?: Act): Promise<void> {
  const { id } = await client.start({ view: POPULARITY, ...RANGE, dryRun });
  if (act !== undefined) {
    await until(async () => (await backfills.get(id)).progress?.phase === 'waiting', 60_000, 50);
    await act(id);
  }
  await until(async () => (await backfills.get(id)).state !== 'running', 60_000, 50);
  await record(name, backfillId(region, POPULARITY), id.split('.')[1]);
}

async function recordLake(): Promise<void> {
  await appendPlays(40);
  await recordRefresh('refresh-announced', 'publish-announced');
  await recordRefresh('refresh-unchanged');
  await appendPlays(40);
  refusing = true;
  await recordRefresh('refresh-rejected', 'publish-rejected');
  refusing = false;
  await recordBackfill('backfill-unchanged', false);
  await deletePlay(3);
  await recordBackfill('backfill-dry-run', true);
  await recordBackfill('backfill-expired', false, hasty);
  await recordBackfill('backfill-cancelled', false, backfills, (id) => backfills.cancel(id));
  await recordBackfill('backfill-announced', false, backfills, (id) => backfills.approve(id, 'operator'));
  await record('publish-backfill', `${backfillId(region, POPULARITY)}:publish`);
  await deletePlay(4);
  await recordBackfill('backfill-rebased', false, backfills, async (id) => {
    await refreshes.refresh(POPULARITY);
    await backfills.approve(id, 'operator');
  });
}

async function recordSources(): Promise<void> {
  writeLines(sourcePath, films(3));
  await recordRefresh('catalogue-announced', 'publish-ingested', CATALOGUE_VIEW);
  await recordRefresh('catalogue-unchanged', undefined, CATALOGUE_VIEW);
  writeLines(sourcePath, films(3).toReversed());
  await recordRefresh('catalogue-same', 'publish-same', CATALOGUE_VIEW);
  writeLines(sourcePath, [...films(3), 'garbage']);
  await recordRefresh('catalogue-refused', 'publish-refused', CATALOGUE_VIEW);
  writeLines(sourcePath, films(1));
  await recordRefresh('catalogue-rejected', 'publish-removed', CATALOGUE_VIEW);
}

/** Two tastes, so that there is something to learn. */
async function appendTastes(): Promise<void> {
  const plays = Array.from({ length: 120 }, (_, i) => {
    const [profile, nth] = [i % 24, Math.floor(i / 24)];
    return playStarts(offsets + i, 1, `t${(2 * ((profile >> 1) + nth) + profile) % 12}`, `p${profile}`);
  }).flat();
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays, { from: offsets })]);
  offsets += plays.length;
}

async function recordTraining(): Promise<void> {
  await appendTastes();
  const id = await trainings.start(['ease']);
  await trainings.result(id);
  await record('train-announced', id);
  await record('publish-trained', `${id}:publish:ease`);
  const rows = precomputeId(region);
  await temporal.client.workflow.getHandle(rows).result();
  await record('precompute-announced', rows);
  await record('publish-rows', `${rows}:publish`);
  const again = await trainings.start(['ease']);
  await trainings.result(again);
  await record('train-unchanged', again);
  await recordRefresh('refresh-with-rows', 'publish-shown');
}

/** A run that the newest refresh began, at its end; its id is that of the one before. */
async function recordExtension(name: string): Promise<void> {
  const id = extendId(region);
  await temporal.client.workflow.getHandle(id).result();
  await record(name, id);
}

async function recordExtensions(): Promise<void> {
  await appendTastes();
  await trainings.train(['als']);
  await appendPlays(40);
  await recordRefresh('refresh-extending');
  await recordExtension('extend-announced');
  await record('publish-extended', `${extendId(region)}:publish`);
  await appendPlays(40);
  await refreshes.refresh(POPULARITY);
  await recordExtension('extend-unchanged');
}

async function recordRows(): Promise<void> {
  const takes = [{ row: 'trending', rank: 0, title: 't', shown: 20, taken: 4 }];
  await appendTakes(lake, takes, { time: '2026-11-01 12:00:00', run: 'recorded' });
  await recordRefresh('performance-announced', 'publish-performance', ROW_PERFORMANCE_VIEW);
  await recordRefresh('performance-unchanged', undefined, ROW_PERFORMANCE_VIEW);
}

async function recordSweep(): Promise<void> {
  const workflowId = `${sweepId(region)}:recorded`;
  const { taskQueue } = config.temporal;
  await temporal.client.workflow.execute(WORKFLOW_TYPES.sweep, { workflowId, taskQueue, args: [] });
  await record('sweep', workflowId);
}

const SCENARIOS = {
  lake: recordLake,
  sources: recordSources,
  training: recordTraining,
  extension: recordExtensions,
  rows: recordRows,
  sweep: recordSweep,
};

mkdirSync(HISTORIES, { recursive: true });
await store.ensureBucket();
await lake.ensureTables();
const worker = await startWorker({
  config,
  workflows: findWorkflows(),
  activities: createActivities({
    ...deps,
    validate: async (candidate, previous) =>
      refusing ? { rule: 'minimum-rows', reason: 'recorded' } : deps.validate(candidate, previous),
  }),
});
try {
  for (const [name, run] of Object.entries(SCENARIOS)) if ((process.argv[2] ?? name) === name) await run();
} finally {
  await worker.stop();
  await temporal.close();
  await closeDeps();
  await closeLake();
  store.close();
  rmSync(sourceDir, { recursive: true });
}
